import { useEffect, useReducer, useState } from 'react';
import { EMPTY, type Picture, reduce } from './picture.js';
import type { RoomEvent } from './room-events.js';

const STALE_AFTER_MS = 2000;
const TICK_MS = 500;

export interface RoomView {
  readonly picture: Picture;
  /** In ms since the epoch; ticks twice a second. */
  readonly now: number;
  /** How old the picture is, in ms, if it is too old to go by; null: it is as it is now. */
  readonly staleMs: number | null;
}

/** The picture, for as long as the page is open. The browser connects again by itself, and gets a snapshot then. */
export function useRoom(): RoomView {
  const [picture, take] = useReducer(reduce, EMPTY);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const stream = new EventSource('/events');
    stream.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data) as RoomEvent);
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => {
      stream.close();
      clearInterval(timer);
    };
  }, []);
  // The supervisor is on this machine, and has its clock.
  const age = now - picture.at;
  return { picture, now, staleMs: picture.worlds && age > STALE_AFTER_MS ? age : null };
}
