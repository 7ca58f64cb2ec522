import { ClientOfflineError, SocketClosedUnexpectedlyError, type RedisClientType } from 'redis';

/** Where a command is cut off: before Redis has it, or before its reply is back. */
export const CUTS = ['before', 'after'] as const;
/** Or not sent at all, as the client knows. */
export type Cut = (typeof CUTS)[number] | 'unsent';

/** A view of a client that counts its commands, and cuts one of them off. */
export class FailingClient {
  readonly client: RedisClientType;
  commands = 0;

  /** @param at which command fails, from 1 on; none if 0 */
  constructor(
    client: RedisClientType,
    public at = 0,
    cut: Cut = 'before',
  ) {
    this.client = new Proxy(client, {
      get: (_, name) => {
        const value: unknown = Reflect.get(client, name, client);
        if (typeof value !== 'function') return value;
        const command = value.bind(client) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          this.commands += 1;
          const isCut = this.commands === this.at;
          if (isCut && cut === 'unsent') throw new ClientOfflineError();
          if (isCut && cut === 'before') throw new SocketClosedUnexpectedlyError();
          const reply = await command(...args);
          if (isCut) throw new SocketClosedUnexpectedlyError();
          return reply;
        };
      },
    });
  }
}
