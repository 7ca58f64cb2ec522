import type { NodeProcess } from '../../support/node-process.js';
import type { Visitor } from '../../support/visitor.js';
import type { Holder, HolderEnd } from './holder.js';

/** How an answer shows that something was delivered, and why it ended. */
interface Format {
  readonly path: string;
  readonly news: RegExp;
  readonly end: RegExp;
}

const STREAM: Format = {
  path: '/holders/stream',
  news: /^data: news/gm,
  end: /event: session:ended\n(?:id: .*\n)?data: \{"reason":"([\w-]+)"[^\n]*\n\n$/,
};
const DOWNLOAD: Format = {
  path: '/holders/download',
  news: /^news/gm,
  end: /^ended ([\w-]+)\n$/m,
};

export const openEventStream = (visitor: Visitor, node: NodeProcess) => open(STREAM, visitor, node);
export const openDownload = (visitor: Visitor, node: NodeProcess) => open(DOWNLOAD, visitor, node);

async function open(format: Format, { cookie }: Visitor, { url }: NodeProcess): Promise<Holder> {
  const { body } = await fetch(url + format.path, { headers: { cookie } });
  const reader = (body as ReadableStream<Uint8Array> | null)?.getReader();
  if (!reader) throw new Error(`${format.path} has no body.`);
  let text = '';
  const take = (value?: Uint8Array): void => {
    text += Buffer.from(value ?? []).toString();
  };
  while (!text.includes('open')) take((await reader.read()).value);
  async function readOn(): Promise<HolderEnd> {
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      take(read.value);
    }
    return { at: performance.now(), reason: format.end.exec(text)?.[1] ?? 'none' };
  }
  return { ended: readOn(), delivered: () => text.match(format.news)?.length ?? 0 };
}
