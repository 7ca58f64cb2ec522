import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import proxyAddress from 'proxy-addr';
import { addressIn } from './address-in.js';

/** Which addresses Express trusts as proxies: its setting `trust proxy`, compiled. */
export type TrustsProxy = (address: string | undefined, hop: number) => boolean;

/** The part of a request that tells where it comes from. */
type From = Pick<IncomingMessage, 'headers' | 'socket'>;

/** The addresses of clients, as `request.ip` has it for requests: by Express' setting `trust proxy`, so that no client chooses one. */
@Injectable()
export class ClientAddresses {
  /** A socket's connection has one, however often it is asked for. */
  readonly #known = new WeakMap<Socket, string>();

  constructor(private readonly host: HttpAdapterHost) {}

  /** Whether Express trusts a proxy. Asked each time: an application may set it later. */
  readonly trustsProxy: TrustsProxy = (address, hop) => {
    const express = this.host.httpAdapter.getInstance<Express>();
    return (express.get('trust proxy fn') as TrustsProxy)(address, hop);
  };

  /** Of a request; a proxy sends those of many clients by one connection. */
  of({ headers, socket }: From): string {
    const { remoteAddress = '' } = socket;
    // All that it looks at. A connection that is closed has no address.
    const request = { headers, socket: { remoteAddress } } as IncomingMessage;
    return addressIn(proxyAddress(request, this.trustsProxy)) ?? remoteAddress;
  }

  /** Of an upgrade request, which has its connection for itself. */
  ofUpgrade(request: From): string {
    const known = this.#known.get(request.socket);
    if (known !== undefined) return known;
    const address = this.of(request);
    this.#known.set(request.socket, address);
    return address;
  }
}
