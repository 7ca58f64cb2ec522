const PATIENCE_MS = 10_000;

/** Where requests go. */
export interface Place {
  readonly name: string;
  readonly url: string;
}

export interface Reply {
  /** 0 if there was none. */
  readonly status: number;
  readonly body: unknown;
  /** The session cookie that it sets. */
  readonly cookie: string | undefined;
}

interface Call {
  readonly cookie?: string;
  readonly body?: unknown;
}

/** Sends a request; resolves with status 0 when nothing came back, for 10 s or since the connection broke. */
export async function call(
  { url }: Place,
  method: string,
  path: string,
  { cookie, body }: Call = {},
): Promise<Reply> {
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(cookie !== undefined && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
    return {
      status: response.status,
      body: isJson ? (JSON.parse(text) as unknown) : text,
      cookie: response.headers
        .getSetCookie()
        .find((each) => each.startsWith('sid=s'))
        ?.split(';')[0],
    };
  } catch {
    return { status: 0, body: undefined, cookie: undefined };
  }
}

/** The code of an error body, or a word for its absence. */
export function codeOf(body: unknown): string {
  return (body as { error?: { code?: string } } | undefined)?.error?.code ?? 'NO_CODE';
}
