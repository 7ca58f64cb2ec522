import { Logger, type Type } from '@nestjs/common';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A socket of Socket.IO's, or a plain WebSocket. */
interface Client {
  disconnect?(): void;
  close?(code: number): void;
}

/** Of RFC 6455: the server met what it had not expected. */
const INTERNAL_ERROR = 1011;

const HOOKS = ['afterInit', 'handleConnection', 'handleDisconnect'] as const;
type Hook = (typeof HOOKS)[number];

const logger = new Logger('Gateways');
/** Those that were made here: a class may be a gateway of several applications. */
const contained = new WeakSet<Method>();

/**
 * Keeps what a gateway's hooks throw or reject with from ending the process, which is what Nest makes of it. It is
 * logged, and a socket whose `handleConnection` failed is disconnected from its namespace.
 *
 * @param gateway the class: Nest makes an instance for each socket where the gateway is request-scoped
 * @param instance the one that Nest has made, which may have hooks of its own
 */
export function containHooks(gateway: Type, instance: object): void {
  for (const hook of HOOKS) {
    const owner = Object.hasOwn(instance, hook) ? instance : (gateway.prototype as object);
    const method: unknown = Reflect.get(owner, hook);
    if (typeof method !== 'function' || contained.has(method as Method)) continue;
    const value = contain(`${gateway.name}.${hook}`, hook, method as Method);
    contained.add(value);
    Object.defineProperty(owner, hook, { value, configurable: true, writable: true });
  }
}

function contain(name: string, hook: Hook, method: Method): Method {
  return async function (...args) {
    try {
      await method.apply(this, args);
    } catch (error) {
      logger.error(`${name} failed`, error instanceof Error ? error.stack : String(error));
      if (hook === 'handleConnection') await disconnect(args[0] as Client);
    }
  };
}

/** Later in this turn: Nest would not call `handleDisconnect` for a socket that goes before it has listened. */
async function disconnect(client: Client): Promise<void> {
  await Promise.resolve();
  if (client.disconnect) client.disconnect();
  else client.close?.(INTERNAL_ERROR);
}
