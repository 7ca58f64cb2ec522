import { useEffect, useRef } from 'react';
import { useProvidedSession } from './provided-session.js';

/**
 * Calls `handler` for each event of this name that the server sends, while the component is there. Always the handler of the
 * last rendering: it needs no `useCallback`. It says itself what the event brings.
 *
 * @example
 * useLive('order:shipped', ({ order }: { order: number }) => setShipped(order));
 */
export function useLive(event: string, handler: (payload: never) => void): void {
  const { socket } = useProvidedSession();
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    const hear = (payload: unknown): void => {
      latest.current(payload as never);
    };
    socket.on(event, hear);
    return () => {
      socket.off(event, hear);
    };
  }, [socket, event]);
}
