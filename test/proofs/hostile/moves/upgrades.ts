import type { Random } from '../../../support/random.js';
import { frame, OPCODES, textFrame } from '../frame.js';
import type { Move } from '../move.js';
import type { Stage } from '../stage.js';
import { type Head, upgradeHead } from '../upgrade-head.js';

type Change = (random: Random) => Partial<Head>;

const target =
  (value: string): Change =>
  () => ({ target: value });
const header =
  (name: string, value: string | undefined): Change =>
  () => ({
    headers: { [name]: value },
  });
const line =
  (value: string): Change =>
  () => ({ lines: [value] });

const CHANGES: readonly Change[] = [
  target('/socket.io/?EIO=3&transport=websocket'),
  target('/socket.io/?EIO=9&transport=websocket'),
  target('/socket.io/?transport=websocket'),
  target('/socket.io/?EIO=4&transport=polling'),
  target('/socket.io/?EIO=4&transport=webtransport'),
  target('/socket.io/?EIO=4&transport=constructor'),
  target('/socket.io/?EIO=4&transport=websocket&sid=__proto__'),
  target('/socket.io/?EIO=4&transport=websocket&sid=x'),
  target('/socket.io/?EIO=4&EIO=4&transport=websocket&transport=websocket'),
  target('/socket.io/?EIO=4&transport[]=websocket'),
  target('/socket.io/?EIO=4&transport=websocket&__proto__=1&b64=1&j=1'),
  target('/socket.io/?EIO=4&transport=websocket&x=%E0%A4%A'),
  target('/socket.io/../socket.io/?EIO=4&transport=websocket'),
  target('//socket.io/?EIO=4&transport=websocket'),
  target('http://evil.example/socket.io/?EIO=4&transport=websocket'),
  target('*'),
  target('/'),
  (random) => ({
    target: `/socket.io/?EIO=4&transport=websocket&x=${'a'.repeat(random.below(20_000))}`,
  }),
  (random) => ({ method: random.pick(['POST', 'PUT', 'OPTIONS', 'CONNECT', 'HEAD', 'BREW']) }),
  (random) => ({ version: random.pick(['1.0', '0.9', '2.0', '9.9', '']) }),
  header('Host', undefined),
  header('Host', ''),
  header('Upgrade', 'h2c'),
  header('Upgrade', 'websocket, h2c'),
  header('Connection', 'keep-alive'),
  header('Connection', 'keep-alive, Upgrade'),
  header('Sec-WebSocket-Version', '8'),
  header('Sec-WebSocket-Version', '99999999999999999999'),
  header('Sec-WebSocket-Key', undefined),
  header('Sec-WebSocket-Key', 'short'),
  header('Sec-WebSocket-Protocol', 'a, a, ,'),
  header('Sec-WebSocket-Extensions', 'permessage-deflate; server_max_window_bits=99'),
  header('Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'),
  header('Sec-WebSocket-Extensions', ';;;,,,'),
  header('Origin', 'https://evil.example'),
  header('Origin', 'null'),
  header('Origin', 'http://['),
  header('Cookie', 'sid=s%3A.; sid=s%3A__proto__.x'),
  header('Cookie', 'sid=%E0%A4%A'),
  header('Cookie', '='.repeat(5000)),
  (random) => ({ headers: { Cookie: `sid=${'a'.repeat(random.below(15_000))}` } }),
  header('Content-Length', '5'),
  header('Transfer-Encoding', 'chunked'),
  header('Expect', '100-continue'),
  line('Host: other'),
  line('Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='),
  line('no colon'),
  line(': no name'),
  line('X: \u0000'),
  () => ({ lines: Array.from({ length: 1500 }, (_, index) => `X-${String(index)}: 1`) }),
];

async function sendHead(stage: Stage): Promise<void> {
  const { near } = stage.target;
  const connection = stage.dial();
  const change = stage.random.pick(CHANGES)(stage.random);
  connection.write(upgradeHead(near, stage.anyCookie(), change));
  connection.halfClose();
  if (!(await connection.closes()))
    stage.violate(`kept after ${JSON.stringify(change).slice(0, 200)}`);
}

/** What follows does not wait until it may. */
async function sendEverythingAtOnce(stage: Stage): Promise<void> {
  const { near } = stage.target;
  const connection = stage.dial();
  const head = Buffer.from(upgradeHead(near, stage.anyCookie()));
  const packets = ['40', '42["cart:get"]', '40', '421["cart:get"]', '41'];
  const frames = packets.slice(0, 1 + stage.random.below(packets.length)).map(textFrame);
  if (stage.random.chance(0.3)) frames.push(frame({ opcode: OPCODES.close }));
  connection.write(Buffer.concat([head, ...frames]), 1 + frames.length);
  await connection.next(/^4/);
}

async function sendNoHttp(stage: Stage): Promise<void> {
  const connection = stage.dial();
  const length = 1 + stage.random.below(200);
  const bytes = Array.from({ length }, () => stage.random.below(256));
  connection.write(Buffer.from(bytes));
  connection.halfClose();
  if (!(await connection.closes())) stage.violate('kept after what was no HTTP');
}

/** Requests to be upgraded, unusual or wrong. */
export const UPGRADE_MOVES: readonly Move[] = [
  { name: 'upgrade requests', weight: 4, play: sendHead },
  { name: 'frames before the upgrade', weight: 2, play: sendEverythingAtOnce },
  { name: 'bytes that are no HTTP', play: sendNoHttp },
];
