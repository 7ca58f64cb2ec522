import 'reflect-metadata';
import { onDiagnostics } from '../../src/shared-session/index.js';
import { serveLibrary } from './library-node.js';
import { serveRecipe } from './recipe-node.js';
import type { OpenSocket, Place } from './served-node.js';

/** What a node tells the supervisor. */
export type NodeMessage =
  | { readonly type: 'listens'; readonly url: string }
  | { readonly type: 'sockets'; readonly sockets: OpenSocket[] }
  | {
      readonly type: 'closed';
      readonly handle: string;
      readonly reason: string;
      readonly ms: number | null;
    };

const NEWS_EVERY_MS = 1000;
const [world = '', settings = '{}'] = process.argv.slice(2);
const tell = (message: NodeMessage): void => {
  process.send?.(message);
};

onDiagnostics('link.closed', ({ handle, reason, revocationMs }) => {
  tell({ type: 'closed', handle, reason, ms: revocationMs });
});
const place = JSON.parse(settings) as Place;
const node = await (world === 'ours' ? serveLibrary(place) : serveRecipe(place));
process.on('message', () => {
  tell({ type: 'sockets', sockets: node.sockets() });
});
// Without its supervisor it is of no use to anybody.
process.on('disconnect', () => process.exit());
setInterval(node.say, NEWS_EVERY_MS);
tell({ type: 'listens', url: node.url });
