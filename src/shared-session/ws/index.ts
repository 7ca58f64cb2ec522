export { sessionOfSocket } from './client-links.js';
export { CLOSE_CODES } from './close-codes.js';
export { countAsActivity } from './count-as-activity.js';
export type { Format, SessionWebSocket } from './session-websocket.js';
export {
  SessionWebSocketServer,
  type SessionWebSocketServerOptions,
} from './session-websocket-server.js';
export { SessionWsAdapter, type SessionWsAdapterOptions } from './session-ws.adapter.js';
