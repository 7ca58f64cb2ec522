import { io, type Socket } from 'socket.io-client';

const LONGEST_MS = 15_000;

let connection: Promise<Socket> | undefined;

/** Sends a form’s event over the page’s socket, as the session of this browser. Gives the acknowledgement as text. */
export async function ask(form: HTMLFormElement): Promise<string> {
  const event = form.dataset['event'] ?? '';
  const payload = form.querySelector('textarea')?.value;
  const args = payload === undefined ? [] : [JSON.parse(payload) as unknown];
  const socket = await (connection ??= connect());
  const answer: unknown = await socket.timeout(LONGEST_MS).emitWithAck(event, ...args);
  return JSON.stringify(answer, null, 2);
}

/** Opens a socket when the first event is sent: who only reads has no session. The next event opens one anew. */
async function connect(): Promise<Socket> {
  try {
    await fetch('/session', { signal: AbortSignal.timeout(LONGEST_MS) });
    return await open();
  } catch (error) {
    connection = undefined;
    throw error;
  }
}

function open(): Promise<Socket> {
  const socket = io({ transports: ['websocket'], reconnection: false });
  socket.onAny(showReceived);
  socket.on('disconnect', () => (connection = undefined));
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', (error: Error & { data?: unknown }) => {
      reject(new Error(error.data ? JSON.stringify(error.data, null, 2) : error.message));
    });
  });
}

function showReceived(event: string, payload: unknown): void {
  const place = document.querySelector(`[data-received="${CSS.escape(event)}"]`);
  if (place) place.textContent = JSON.stringify(payload, null, 2);
}
