import { isIP } from 'node:net';

/** The address in what a proxy forwards, without its port and zone; null for anything else, which a client wrote. */
export function addressIn(forwarded: string): string | null {
  const [, inBrackets, beforePort] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(forwarded) ?? [];
  const address = (inBrackets ?? beforePort ?? forwarded).replace(/%.*/s, '');
  return isIP(address) > 0 ? address : null;
}
