import { createClient } from 'redis';
import type { ErrorBody } from '../../src/shared-session/index.js';
import type { Figure } from '../support/program.js';
import { Visitor } from '../support/visitor.js';
import type { Running } from './application.js';
import { type Packed, run, versionsIn } from './npm.js';

/** Of these, private parts are used; Nest pins the first, and the others follow from it. */
const TESTED = ['socket.io', 'engine.io', 'socket.io-adapter', '@socket.io/redis-adapter', 'ws'];
const LIBRARY =
  /^(dist\/(cjs|metrics|oidc|redis-server|shared-session|testing|tracing)\/|README\.md$|LICENSE$|package\.json$)/;
export const CREDENTIALS = { username: 'ada', password: 'correct horse battery' };

export function proof(what: string, measured: string, target: string): Figure {
  return { what, measured, target, met: measured === target };
}

export function proofOfContents({ files }: Packed): Figure {
  const others = files.map(({ path }) => path).filter((path) => !LIBRARY.test(path));
  return proof('packed beside the library', others.join(' ') || 'nothing', 'nothing');
}

/** Each in one copy; the tests may have run with a version of another day. */
export function proofOfVersions(directory: string): Figure[] {
  const [got, tested] = [versionsIn(directory), versionsIn('.')];
  return TESTED.map((name) => ({
    what: `${name} of a consumer`,
    measured: got(name).join(' and '),
    target: `one, as ${tested(name).join(' and ')}`,
    met: got(name).length === 1,
  }));
}

/** Whoever imports it and whoever requires it has the same classes, in one process. */
export async function proveOneCopy(nest: string, directory: string): Promise<Figure> {
  const program = `import('nestjs-shared-session').then(({ Sessions }) =>
    console.log(Sessions === require('nestjs-shared-session').Sessions ? 1 : 2))`;
  const { stdout } = await run(process.execPath, ['--eval', program], directory);
  return proof(`${nest}: copies for import and require`, stdout.trim(), '1');
}

/**
 * The whole way from a login to a logout, in any of the applications.
 *
 * @param payloadOf makes the payload of a text
 * @param logout the reason for which the session ends then
 */
export async function proveLogin(
  app: Running,
  payloadOf: (text: string) => unknown,
  logout: string,
): Promise<Figure[]> {
  const visitor = new Visitor(app);
  await visitor.post('/login', CREDENTIALS);
  const socket = visitor.socket();
  await socket.ready();
  const { id } = await socket.get<{ id: string }>('chat:who');
  const said = await socket.get<string>('chat:say', payloadOf('hello'));
  const refused = await socket.ask('chat:say', payloadOf(''));
  await visitor.post('/logout');
  const ended = await socket.next<{ reason: string }>('session:ended');
  return [
    proof('the socket has the user', id, '42'),
    proof('a handler answers', said, 'Ada: hello'),
    proof('a bad payload is refused', refused.ok ? 'ok' : refused.error.code, 'INVALID_PAYLOAD'),
    proof('logout closes the socket', ended.reason, logout),
  ];
}

/** Each Nest tells its filters of a request that cannot be read in its own way. */
export async function proveUnreadable(app: Running): Promise<Figure[]> {
  const visitor = new Visitor(app);
  const refusalOf = async (body: string): Promise<string> => {
    const answer = await visitor.post<{ error: ErrorBody }>('/login', body);
    return `${String(answer.status)} ${answer.body.error.message}`;
  };
  return [
    proof('a broken body', await refusalOf('{"password":x}'), '400 The request cannot be read.'),
    proof(
      'a large body',
      await refusalOf(`"${'x'.repeat(200_000)}"`),
      '413 request entity too large',
    ),
  ];
}

/** A request that is under way at the logout does not bring the session back. */
export async function proveSlowSave(app: Running): Promise<Figure[]> {
  const visitor = new Visitor(app);
  await visitor.post('/login');
  const socket = visitor.socket();
  await socket.ready();
  const slow = visitor.post('/theme');
  const { cookie } = visitor;
  await visitor.post('/logout');
  await socket.next('session:ended');
  const { status } = await slow;
  visitor.cookie = cookie;
  const after = await visitor.get('/profile');
  return [
    proof('a slow save is refused', String(status), '401'),
    proof('and does not bring the session back', String(after.status), '401'),
  ];
}

/** The bounds stand on a class of `ws` that engine.io is given. What no handler is for, no budget of events bounds. */
export async function proveBounds(app: Running): Promise<Figure> {
  const visitor = new Visitor(app);
  await visitor.post('/login');
  const socket = visitor.socket();
  await socket.ready();
  const closed = socket.next<string>('disconnect');
  for (let sent = 0; sent < 1000; sent += 1) socket.client.emit('nothing');
  return proof('a flood of events is cut off', await closed, 'transport close');
}

/** The example of Passport in the documentation. */
export async function provePassport(app: Running): Promise<Figure[]> {
  const visitor = new Visitor(app);
  await visitor.post('/login');
  const socket = visitor.socket();
  await socket.ready();
  const who = await socket.get<{ id: string }>('chat:who');
  await visitor.post('/logout');
  const ended = await socket.next<{ reason: string }>('session:ended');
  return [
    proof('the socket has the user', who.id, '42'),
    proof('logout closes the socket', ended.reason, 'replaced'),
  ];
}

/** What the changed lines of docs/adopting.md give to an application of `nest new`. */
export async function proveAdopted(app: Running): Promise<Figure[]> {
  const visitor = new Visitor(app);
  const refused = await visitor.socket().refused();
  await visitor.post('/login', CREDENTIALS);
  const socket = visitor.socket();
  const { principal } = await socket.ready();
  const said = await socket.get<string>('chat:say', { text: 'hello' });
  await visitor.post('/logout');
  return [
    proof('nobody has a socket', refused.data?.code ?? 'let in', 'UNAUTHENTICATED'),
    proof('the socket has the user', principal.id, '42'),
    proof('a handler answers', said, 'hello'),
    proof('logout closes the socket', await socket.ended(), 'replaced'),
  ];
}

/** A worker of its own tells a user of the server's something, and ends the user's sessions. */
export async function proveWorker(server: Running, redisUrl: string): Promise<Figure[]> {
  const visitor = new Visitor(server);
  await visitor.post('/login', CREDENTIALS);
  const socket = visitor.socket();
  await socket.ready();
  const redis = await createClient({ url: redisUrl }).connect();
  await redis.rPush('jobs', JSON.stringify({ type: 'shipped', user: '42', order: 7 }));
  const told = await socket.next<{ order: number }>('order:shipped');
  await redis.rPush('jobs', JSON.stringify({ type: 'suspended', user: '42' }));
  const ended = await socket.next<{ reason: string }>('session:ended');
  redis.destroy();
  return [
    proof('an emit arrives at a socket', String(told.order), '7'),
    proof('an end closes it', ended.reason, 'revoked'),
  ];
}
