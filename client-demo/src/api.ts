import type { Acknowledgement } from '../../src/shared-session/shared-session.contract.js';
import { TEXT } from './text.js';

export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: { readonly amount: number; readonly currency: 'EUR' };
}

export interface Device {
  readonly handle: string;
  readonly current: boolean;
  readonly lastSeenAt: string;
  readonly ip: string;
  readonly userAgent: string;
  readonly sockets: number;
}

/** The server refused something, or did not answer. The message is fit to show. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** The server's routes. It is released together with this page, so its answers are not checked. */
export const api = {
  login: (form: object) => request('POST', '/auth/login', form),
  register: (form: object) => request('POST', '/auth/register', form),
  logout: () => request('POST', '/auth/logout'),
  catalog: () => request('GET', '/catalog') as Promise<readonly Product[]>,
  devices: () => request('GET', '/devices') as Promise<readonly Device[]>,
  endDevice: (handle: string) => request('DELETE', `/devices/${handle}`),
  endOtherDevices: () => request('DELETE', '/devices'),
};

const BY_HTTP: Readonly<Record<string, readonly [method: string, path: string]>> = {
  'cart:apply': ['POST', '/cart/operations'],
  'session:extend': ['GET', '/session'],
};

/** Asks by a request what a socket would be asked, where there is none. Rejects if no answer came. */
export async function askByHttp(event: string, payload?: unknown): Promise<Acknowledgement> {
  const [method, path] = BY_HTTP[event] ?? [];
  if (!method || !path) throw new Error(`${event} takes a socket`);
  const json = payload !== undefined && {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  };
  const response = await fetch(path, { method, ...json });
  const answer: unknown = await response.json();
  return response.ok
    ? { ok: true, data: answer }
    : { ok: false, error: (answer as Extract<Acknowledgement, { ok: false }>).error };
}

async function request(method: string, path: string, body?: object): Promise<unknown> {
  const json = body && {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, { method, ...json }).catch(() => {
    throw new RequestError(TEXT.unreachable);
  });
  if (response.status === 204) return undefined;
  const answer = (await response.json().catch(() => null)) as {
    error?: { message: string };
  } | null;
  if (response.ok && answer) return answer;
  throw new RequestError(answer?.error?.message ?? TEXT.unreadable);
}
