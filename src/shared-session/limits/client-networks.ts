import { isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ClientAddresses } from '../access/client-addresses.js';

/** From where clients come, as limits count it. */
@Injectable()
export class ClientNetworks {
  constructor(private readonly addresses: ClientAddresses) {}

  /**
   * The address of a request's client, also of an upgrade's, as `request.ip` has it. Of an address of IPv6 its /64, which is what
   * one client has.
   */
  of(request: IncomingMessage): string {
    return networkOf(this.addresses.of(request));
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
