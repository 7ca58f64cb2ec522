import type { Move } from '../move.js';
import type { Stage } from '../stage.js';

const NAMES = [
  '/cart',
  '/nowhere',
  '/__proto__',
  '/constructor',
  '/?token=x',
  '/#',
  '/ ',
  '//',
  '/😀',
  '/\u0000',
  '/*',
  '/admin',
  `/${'a'.repeat(1000)}`,
];

/** Names of namespaces, of which there is only `/`. */
async function connectToOthers(stage: Stage): Promise<void> {
  const { random } = stage;
  const connection = stage.random.chance(0.5) ? await stage.join() : await stage.open();
  const count = 1 + random.below(100);
  const packets = Array.from({ length: count }, (_, index) => {
    const name = random.chance(0.5) ? random.pick(NAMES) : `/n${String(index)}`;
    const data = random.pick(['', '{}', '{"token":"x"}', '{"__proto__":{"a":1}}']);
    return `40${name},${data}`;
  });
  connection.send(...packets);
  await connection.next(/^44/);
}

async function connectTwice(stage: Stage): Promise<void> {
  const connection = await stage.open();
  connection.send(...Array.from({ length: 2 + stage.random.below(5) }, () => '40'));
  await connection.next(/^40/);
  connection.send('40');
  if (!(await connection.closes())) stage.violate('not closed after a second CONNECT');
}

async function comeAndGo(stage: Stage): Promise<void> {
  const connection = await stage.open();
  for (let rounds = 1 + stage.random.below(30); rounds > 0 && !connection.isClosed; rounds -= 1) {
    connection.send('40');
    await connection.next(/^42\["session:ready"|^44/);
    if (stage.random.chance(0.3)) connection.ask('["cart:get"]');
    await connection.settle();
    // Whoever does not wait until it is in leaves while it is let in.
    connection.send(...(stage.random.chance(0.95) ? ['41'] : ['41', '40', '41']));
  }
}

/** CONNECT and DISCONNECT. */
export const NAMESPACE_MOVES: readonly Move[] = [
  { name: 'namespaces that are not there', weight: 2, play: connectToOthers },
  { name: 'CONNECT twice', play: connectTwice },
  { name: 'CONNECT and DISCONNECT', weight: 2, play: comeAndGo },
];
