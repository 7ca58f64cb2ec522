/** What a WebSocket upgrade request consists of. */
export interface Head {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** A header that is undefined is left out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whole lines, as they are. */
  readonly lines: readonly string[];
}

/** The upgrade request that a client sends, with some of it replaced. */
export function upgradeHead(at: URL, cookie: string, changes: Partial<Head> = {}): string {
  const headers: Head['headers'] = {
    Host: at.host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    Cookie: cookie || undefined,
    ...changes.headers,
  };
  const { method = 'GET', version = '1.1', lines = [] } = changes;
  const { target = '/socket.io/?EIO=4&transport=websocket' } = changes;
  const all = [
    `${method} ${target} HTTP/${version}`,
    ...Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    ),
    ...lines,
  ];
  return `${all.join('\r\n')}\r\n\r\n`;
}
