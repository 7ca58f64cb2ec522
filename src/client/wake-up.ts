const CHANNEL = 'nestjs-shared-session';
const TICK_MS = 5000;
/** A timer that is this late means that the machine slept. */
const ASLEEP_MS = 15_000;

/** Why a client should look whether it is still connected, and as whom. */
export type WakeReason = 'online' | 'offline' | 'awake' | 'session';

/**
 * Calls `wake` when the network comes or goes, when the machine or the tab comes back from sleep, and when
 * another tab of this browser says that the session was replaced.
 *
 * @returns `announce` tells the other tabs that the session was replaced; `stop` ends it all
 */
export function onWakeUp(wake: (reason: WakeReason) => void): {
  announce: () => void;
  stop: () => void;
} {
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(CHANNEL) : null;
  channel?.addEventListener('message', () => {
    wake('session');
  });
  const stops = [
    listen('online', () => {
      wake('online');
    }),
    listen('offline', () => {
      wake('offline');
    }),
    listen('pageshow', () => {
      wake('awake');
    }),
    whenAwake(() => {
      wake('awake');
    }),
  ];
  return {
    announce: () => channel?.postMessage('session'),
    stop: () => {
      channel?.close();
      for (const stop of stops) stop();
    },
  };
}

/** Outside browsers there is nothing to listen on. */
function listen(type: string, listener: () => void): () => void {
  const target = globalThis as unknown as Partial<EventTarget>;
  target.addEventListener?.(type, listener);
  return () => target.removeEventListener?.(type, listener);
}

function whenAwake(awake: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const slept = Date.now() - last - TICK_MS > ASLEEP_MS;
    last = Date.now();
    if (slept) awake();
  }, TICK_MS);
  return () => {
    clearInterval(timer);
  };
}
