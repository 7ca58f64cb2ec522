import { isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import proxyAddress from 'proxy-addr';
import { addressIn } from '../access/address-in.js';

type TrustsProxy = (address: string, hop: number) => boolean;

/** From where clients come, as limits count it. */
@Injectable()
export class ClientNetworks {
  constructor(private readonly host: HttpAdapterHost) {}

  /**
   * The address of a request's client, also of an upgrade's: by Express' setting `trust proxy`, as `request.ip` is, so that no
   * client chooses one. Of an address of IPv6 its /64, which is what one client has.
   */
  of(request: IncomingMessage): string {
    const express = this.host.httpAdapter.getInstance<Express>();
    // Asked each time: an application may set it later.
    const trustsProxy = express.get('trust proxy fn') as TrustsProxy;
    const forwarded = addressIn(proxyAddress(request, trustsProxy));
    return networkOf(forwarded ?? request.socket.remoteAddress ?? '');
  }
}

/** An address of IPv4 as it is, also where IPv6 carries it; of any other the /64. */
export function networkOf(address: string): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  // What `::` stands for is zeros, as many as are missing of eight.
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - rest.length;
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...rest];
  const network = all.slice(0, 4).map((group) => parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
