import { request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly cookie: string | undefined;
  readonly text: string;
}

/**
 * One request on a connection of its own, which is closed afterwards: none may be left to be counted. `from` is what a proxy would
 * say that the client's address is.
 */
export function call(
  at: URL,
  method: string,
  path: string,
  { cookie, body, from }: { cookie?: string; body?: unknown; from?: string } = {},
): Promise<HttpAnswer> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    ...(cookie ? { cookie } : {}),
    ...(from ? { 'x-forwarded-for': from } : {}),
    ...(payload
      ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
      : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, at), { method, headers, agent: false }, (response) => {
      const [set] = response.headers['set-cookie'] ?? [];
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, cookie: set?.split(';')[0], text });
      });
    });
    sent.once('error', reject);
    sent.end(payload);
  });
}
