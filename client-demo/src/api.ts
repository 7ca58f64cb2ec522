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
