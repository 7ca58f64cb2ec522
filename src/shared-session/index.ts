export { CurrentSession as Session } from './current-session.js';
export { AnySession, CurrentSession, CurrentUser, Poll, Roles, SignedIn } from './decorators.js';
export { AnySessionGuard, RolesGuard, SignedInGuard } from './guards.js';
export { HttpErrorFilter } from './http/http-error.filter.js';
export { SessionController } from './http/session.controller.js';
export { createPayloadPipe } from './payload.pipe.js';
export { principalName, type Principal } from './principal.js';
export { closeRedisClients, openRedisClients, type RedisClients } from './redis-clients.js';
export { RedisScript } from './redis-script.js';
export { SessionKeys } from './session-keys.js';
export type { ReadUser, SessionUser } from './session-record.js';
export {
  type Acknowledgement,
  ErrorBody,
  Principal as PrincipalSchema,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from './session.contract.js';
export type { EndReason } from './session-signal.js';
export { MAX_SESSIONS, type SessionInfo, Sessions } from './sessions.service.js';
export {
  CodedError,
  ERROR_STATUS,
  type ErrorCode,
  ForbiddenError,
  SessionEndedError,
  SessionStoreUnavailableError,
  SharedSessionConfigError,
  UnauthenticatedError,
} from './shared-session.errors.js';
export { SignalProbe } from './signal-probe.js';
export { SharedSessionModule } from './shared-session.module.js';
export type { SessionCookieOptions, SharedSessionModuleOptions } from './shared-session.options.js';
export type { SocketData } from './socket/handshake.js';
export { SessionIoAdapter } from './socket/session-io.adapter.js';
export { SocketPresence } from './socket/socket-presence.js';
