export type { AuditMode } from './access/audit-findings.js';
export {
  Anybody,
  AnySession,
  Cost,
  CurrentSession,
  CurrentUser,
  Limit,
  Payload,
  Poll,
  RecentSignIn,
  Roles,
  SignedIn,
} from './access/decorators.js';
export { AnySessionGuard, RolesGuard, SignedInGuard } from './access/guards.js';
export { RecentSignInGuard } from './access/recent-sign-in.guard.js';
export { PayloadPipe } from './access/payload.pipe.js';
export {
  type DiagnosticsChannel,
  diagnosticsChannel,
  onDiagnostics,
} from './diagnostics/channels.js';
export type { DiagnosticsName, SharedSessionDiagnostics } from './diagnostics/messages.js';
export {
  operationChannel,
  type OperationName,
  type SharedSessionOperations,
} from './diagnostics/operations.js';
export { HttpErrorFilter } from './http/http-error.filter.js';
export { SessionController } from './http/session.controller.js';
export type { LimitOptions } from './limits/limit-options.js';
export { ClientNetworks } from './limits/client-networks.js';
export type { Rate, Window } from './limits/rate.js';
export { RateLimit } from './limits/rate-limit.js';
export { RateLimits } from './limits/rate-limits.service.js';
export type { OnSessionChanged, OnSessionEnded, SessionHold } from './links/session-hold.js';
export { SessionLinks } from './links/session-links.js';
export { SocketPresence } from './links/socket-presence.js';
export type { CloseReason, EndedBy, EndReason } from './session/end-reason.js';
export type {
  SessionChanged,
  SessionEndedEvent,
  SessionEvent,
  SessionRefused,
  SessionReplaced,
  SessionStarted,
} from './session/session-event.js';
export { InvalidUserError } from './session/invalid-user.error.js';
export { sessionHandle } from './session/session-handle.js';
export { principalName, type Principal, type PrincipalKind } from './session/principal.js';
export type { ProviderLogin, ProviderSubject } from './session/provider-login.js';
export type { ReadUser, SessionUser } from './session/session-data.js';
export type { LoadUser } from './session/load-user.js';
export { passportUser } from './session/passport-user.js';
export { Session } from './session/session.js';
export type { ChosenLimits } from './session/own-limits.js';
export type { SessionLimits } from './session/session-lifetime.js';
export type { ChosenTerms } from './session/session-terms.js';
export { Sessions, type SignInOptions } from './sessions.service.js';
export { type SessionInfo, SessionsAdmin } from './sessions-admin.service.js';
export {
  type Acknowledgement,
  ErrorBody,
  Principal as PrincipalSchema,
  SessionDescription,
  SessionEnded,
  SessionExpiring,
  SessionExpiry,
} from './shared-session.contract.js';
export {
  CodedError,
  type CodedErrorOptions,
  DrainingError,
  ERROR_STATUS,
  type ErrorCode,
  ForbiddenError,
  RateLimitedError,
  RecentSignInRequiredError,
  SessionEndedError,
  SessionStoreUnavailableError,
  SharedSessionConfigError,
  UnauthenticatedError,
} from './shared-session.errors.js';
export { SharedSessionModule } from './shared-session.module.js';
export type { SessionCookieOptions, SharedSessionModuleOptions } from './shared-session.options.js';
export { SignalProbe } from './signals/signal-probe.js';
export { answerUpgrade, type UpgradeRefusal } from './socket/answer-upgrade.js';
export type { SocketData } from './socket/handshake.js';
export { SessionIoAdapter } from './socket/session-io.adapter.js';
export { Durability } from './redis/durability.js';
export { RedisReadiness } from './redis/redis-readiness.js';
export { closeRedisClients } from './redis/close-redis-clients.js';
export { isRedisAddress } from './redis/redis-address.js';
export { openRedisClients, type RedisAddress } from './redis/open-redis-clients.js';
export type { OwnRedisClients, RedisClients } from './redis/redis-clients.js';
export { RedisScript } from './redis/redis-script.js';
export { type RemoteSockets, SocketEmitter } from './socket/socket-emitter.js';
export { ProviderSessions } from './store/provider-sessions.js';
export { SessionKeys } from './store/session-keys.js';
export { UsedTokens } from './store/used-tokens.js';
export type { SharedSessionWorkerOptions } from './worker/worker-options.js';
