import type { Figure } from '../support/program.js';
import { type Answer, Visitor } from '../support/visitor.js';
import type { Running } from './application.js';
import { CREDENTIALS, proof } from './proofs.js';

/** In the page of the login. */
const TOKEN = /name="token" value="([^"]+)"/;
const WRONG = 'The name or the password is wrong.';
/** One of those that helmet sets. */
const HEADER = 'x-content-type-options';

/** A visitor of the application whose pages are Express's own, with forms that bring a token against forgery. */
class FormVisitor extends Visitor {
  /** The token of the page that the visitor looks at. */
  async token(): Promise<string> {
    const { body } = await this.get<string>('/login');
    return TOKEN.exec(body)?.[1] ?? '';
  }

  send(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(fields).toString();
    return this.request('POST', path, { body, headers });
  }

  /** What the login says above its form. */
  async told(): Promise<string> {
    const { body } = await this.get<string>('/login');
    return body.includes(WRONG) ? WRONG : 'nothing';
  }
}

/** The middleware that stands on the session, and the way from Express's login to a socket and back. */
export async function proveExpress(app: Running): Promise<Figure[]> {
  const visitor = new FormVisitor(app);
  const forged = await visitor.send('/login', CREDENTIALS);
  const wrong = { ...CREDENTIALS, password: 'wrong', token: await visitor.token() };
  await visitor.send('/login', wrong);
  const told = [await visitor.told(), await visitor.told()];
  const signedIn = await visitor.send('/login', { ...CREDENTIALS, token: await visitor.token() });
  const socket = await visitor.connect();
  const said = await socket.get<string>('chat:say', { text: 'hello' });
  const account = await visitor.get<{ name: string }>('/account');
  const token = await visitor.token();
  const kept = await visitor.send('/logout', {});
  await visitor.send('/logout', { token });
  return [
    proof('a POST without a token', String(forged.status), '403'),
    proof('a flash message, twice', told.join(', then '), `${WRONG}, then nothing`),
    proof('a POST with its token', signedIn.headers.get('location') ?? '', '/'),
    proof('the socket has Express’s user', said, 'Ada: hello'),
    proof('a controller has it as well', account.body.name, 'Ada'),
    proof('a logout without a token', String(kept.status), '403'),
    proof('the logout closes the socket', await socket.ended(), 'replaced'),
  ];
}

/** The headers that helmet sets are on what the application answers, and on what is answered in its place. */
export async function proveHeaders(app: Running, cutOff: () => void): Promise<Figure> {
  const visitor = new FormVisitor(app);
  const headers = { 'x-csrf-token': await visitor.token() };
  const answers = [
    await visitor.get('/login'),
    await visitor.send('/login', {}),
    await visitor.get('/account'),
    await visitor.get('/nowhere'),
    await visitor.request('POST', '/account', { body: '{"broken":x}', headers }),
  ];
  cutOff();
  answers.push(await visitor.get('/account'));
  const found = answers.map(
    ({ status, headers }) => `${String(status)} ${headers.get(HEADER) ?? ''}`,
  );
  const target = [200, 403, 401, 404, 400, 503].map((status) => `${String(status)} nosniff`);
  return proof('headers on every answer', found.join(', '), target.join(', '));
}
