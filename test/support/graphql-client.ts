import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** What the client of graphql-ws was closed with. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client of graphql-ws as a browser's is, with a cookie. It connects once. */
export class GraphqlClient {
  readonly client: Client;
  readonly closed: Promise<Closed>;

  /** @param url of a node */
  constructor(url: string, cookie: string) {
    class WithCookie extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { headers: { cookie } });
      }
    }
    let tell: (closed: Closed) => void = () => undefined;
    this.closed = new Promise((resolve) => (tell = resolve));
    this.client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WithCookie,
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => undefined,
      on: {
        closed: (event) => {
          tell(event as Closed);
        },
      },
    });
  }

  /** The first result of an operation. */
  async ask(query: string): Promise<unknown> {
    const first = await this.client.iterate({ query }).next();
    return first.value as unknown;
  }
}
