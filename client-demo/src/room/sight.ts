import type { WorldPicture } from './picture.js';
import type { Dot } from './room-events.js';

/** How a socket looks to somebody who knows more than its node. */
export interface Sight {
  readonly dot: Dot;
  readonly node: string;
  /** When its session's record went, in ms since the epoch; null: the session lives. */
  readonly endedAt: number | null;
  /** Messages that its tab heard since. */
  readonly heard: number;
  /** The role that a request has, where the socket has another. */
  readonly roleNow: string | null;
}

/** Every socket of a world, with what Redis, HTTP and its own tab say of it. */
export function sightsOf({ nodes, browsers, redis }: WorldPicture): Sight[] {
  const tabs = browsers.truth.flatMap((each) => each.tabs);
  return Object.values(nodes).flatMap(({ truth: { name, dots } }) =>
    dots.map((dot): Sight => {
      const ended = redis.truth.ended.find(({ session }) => session === dot.session);
      const browser = browsers.truth.find(({ session }) => session === dot.session);
      const isOutdated = !ended && browser?.user === dot.user && browser.role !== dot.role;
      return {
        dot,
        node: name,
        endedAt: ended?.at ?? null,
        heard: tabs.find(({ socket }) => socket === dot.id)?.heardAfterEnd ?? 0,
        roleNow: isOutdated ? browser.role : null,
      };
    }),
  );
}

/** What is wrong with a socket, in words; null: nothing. */
export function complaintOf({ dot, endedAt, heard, roleNow }: Sight, now: number): string | null {
  const who = dot.user ?? 'nobody';
  if (endedAt !== null) {
    return `Logged out ${clock(now - endedAt)} ago. Still listening as ${who}. ${String(heard)} ${heard === 1 ? 'message' : 'messages'} received.`;
  }
  return roleNow === null
    ? null
    : `${who} is a ${roleNow} now, and still ${dot.role ?? 'nothing'} here.`;
}

function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
