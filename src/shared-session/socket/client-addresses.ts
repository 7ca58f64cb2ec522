import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { addressIn } from '../access/address-in.js';
import type { TrustsProxy } from './allowed-origin.js';

/** The part of an upgrade request that tells where it comes from; it is kept for as long as the connection. */
type Upgrade = Pick<IncomingMessage, 'headers' | 'socket'>;

/** The addresses of sockets' clients, as `request.ip` has it for requests: by Express' setting `trust proxy`. */
@Injectable()
export class ClientAddresses {
  /** A connection has one, however often it is asked for. */
  readonly #known = new WeakMap<Socket, string>();

  constructor(private readonly host: HttpAdapterHost) {}

  of(request: Upgrade): string {
    const known = this.#known.get(request.socket);
    if (known !== undefined) return known;
    const address = this.#find(request);
    this.#known.set(request.socket, address);
    return address;
  }

  /** The nearest one that is no trusted proxy: whoever is behind it may have written the rest. */
  #find({ headers, socket }: Upgrade): string {
    const express = this.host.httpAdapter.getInstance<Express>();
    const trustsProxy = express.get('trust proxy fn') as TrustsProxy;
    const { remoteAddress = '' } = socket;
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    const hops = [remoteAddress, ...forwarded.reverse().map((each) => each.trim())];
    const nearest = hops.find((hop, index) => hop !== '' && !trustsProxy(hop, index));
    return addressIn(nearest ?? hops.findLast((hop) => hop !== '') ?? '') ?? remoteAddress;
  }
}
