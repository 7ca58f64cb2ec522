import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { NodeProcess } from '../../support/node-process.js';

/** What a process writes when something happened that nobody thought of. */
const COMPLAINT =
  /^.*(nhandled|ncaught|LastResort|"level":"(error|fatal)"|\b\w*Error: |Warning: ).*$/m;
const QUOTED = 600;
const INTERVAL_MS = 200;
const PAGE_KB = 4;

/** Looks at a node from outside, as Linux sees it. */
export class ProcessWatch {
  /** The most memory since `begin`, in MB. */
  peakMb = 0;
  #readUpTo = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly node: NodeProcess) {}

  /** The memory that the process has, in MB. */
  get rssMb(): number {
    const [, pages = '0'] = readFileSync(`/proc/${String(this.node.pid)}/statm`, 'utf8').split(' ');
    return (Number(pages) * PAGE_KB) / 1024;
  }

  /** How many files, sockets and the like it has open; 0 where that cannot be seen. */
  get descriptors(): number {
    if (!existsSync('/proc/self/fd')) return 0;
    return readdirSync(`/proc/${String(this.node.pid)}/fd`).length;
  }

  /** Looks at the memory from now on. */
  begin(): void {
    this.end();
    this.peakMb = 0;
    const look = (): void => {
      if (!this.node.hasEnded) this.peakMb = Math.max(this.peakMb, this.rssMb);
    };
    look();
    this.#timer = setInterval(look, INTERVAL_MS).unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** What it has complained of since the last question; undefined if it is well. */
  complaint(): string | undefined {
    const { node } = this;
    const written = node.output.slice(this.#readUpTo);
    this.#readUpTo = node.output.length;
    const line = COMPLAINT.exec(written)?.[0].slice(0, QUOTED);
    return node.hasEnded ? `${node.name} ended: ${line ?? ''}` : line;
  }
}
