const OTHER_PORT: Readonly<Record<string, string>> = { 3000: '3001', 3001: '3000' };

/**
 * The demo's other node. Cookies go to every port of a host, so one login is good for both.
 * `?other=` names it if the ports are not the usual ones.
 */
export function otherNode(): string | undefined {
  const { protocol, hostname, port, search } = location;
  const other = new URLSearchParams(search).get('other') ?? OTHER_PORT[port];
  return other && /^\d+$/.test(other) ? `${protocol}//${hostname}:${other}/` : undefined;
}
