import { GraphqlClient } from '../support/graphql-client.js';
import type { Figure } from '../support/program.js';
import { Visitor } from '../support/visitor.js';
import type { Running } from './application.js';
import { CREDENTIALS, proof } from './proofs.js';

/** The example of graphql-ws, by its own client, beside Socket.IO in one application. */
export async function proveGraphql(app: Running): Promise<Figure[]> {
  const visitor = new Visitor(app);
  await visitor.post('/login', CREDENTIALS);
  const socket = await visitor.connect();
  const graph = new GraphqlClient(app.url, visitor.cookie);
  const me = await graph.ask('{ me }');
  await graph.client.iterate({ query: 'subscription { clock }' }).next();
  await visitor.post('/logout');
  const { code, reason } = await graph.closed;
  const nobody = await new GraphqlClient(app.url, '').closed;
  return [
    proof('the context has the user', JSON.stringify(me), '{"data":{"me":"Ada"}}'),
    proof('logout ends a subscription', `${String(code)} ${reason}`, '4401 signed-out'),
    proof('and the socket beside it', await socket.ended(), 'signed-out'),
    proof('nobody gets in', String(nobody.code), '4401'),
  ];
}
