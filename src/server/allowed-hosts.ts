import { CodedError } from '../shared-session/index.js';

/** Whether requests by this `Host` header are for this server. */
export type HostCheck = (host: string | undefined) => boolean;

/**
 * Makes the check of the `Host` header against the names that this server has. A page of a name that somebody has pointed at
 * this server (DNS rebinding) would pass for the server's own: its `Origin` is the `Host`.
 *
 * @param allowed names or addresses as a URL has them, without a port: no cookie tells ports apart. None: any host will do
 */
export function createHostCheck(allowed: readonly string[]): HostCheck {
  const names = new Set(allowed);
  return (host) => names.size === 0 || names.has(nameIn(host));
}

/** The name in a `Host` header, as a URL has it; empty for what is none. */
function nameIn(host = ''): string {
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^\s:@/?#\\[\]]+?)\.?(?::\d+)?$/i.exec(host) ?? [];
  return name.toLowerCase();
}

export class WrongHostError extends CodedError {
  constructor() {
    super('MISDIRECTED', 'This server does not answer for that host.', { status: 421 });
  }
}
