import type { ErrorBody, Product, SessionDescription } from './contract.js';
import { RequestError } from './request-error.js';
import { TEXT } from './text.js';

/** The server's routes. It is released together with this page, so its answers are not checked. */
export const api = {
  /** Starts a guest session where there is none: a page's first call, since a socket starts none. */
  session: () => request('GET', '/session') as Promise<SessionDescription>,
  catalog: () => request('GET', '/catalog') as Promise<readonly Product[]>,
  sign: (act: 'login' | 'register' | 'logout', form?: object) =>
    request('POST', `/auth/${act}`, form),
};

async function request(method: string, path: string, body?: object): Promise<unknown> {
  const json = body && {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, { method, ...json }).catch(() => {
    throw new RequestError(TEXT.unreachable);
  });
  if (response.status === 204) return undefined;
  const answer = (await response.json().catch(() => null)) as { error?: ErrorBody } | null;
  if (response.ok && answer) return answer;
  throw new RequestError(answer?.error?.message ?? TEXT.unreadable);
}
