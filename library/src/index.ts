export { createAuth } from './http/auth.ts'
export type { Auth, SessionAuth, TokenAuth } from './http/auth-types.ts'
export type {
  Anonymous,
  Authenticated,
  AuthenticateResult,
  Requirement,
} from './http/authenticate.ts'
export type { CheckCredentials } from './http/routes/sign-in.ts'
export type { RequestView, Body } from './http/request.ts'
export { ERRORS, type Reply, type ErrorCode, type Refusal } from './core/errors.ts'
// For routes of an application's own that sign in, sign out or list sessions, as those of `routes(auth)` do.
export { refusalReply } from './http/replies.ts'
export { readCookie } from './http/cookies.ts'
export { readAttempts } from './http/routes/refresh.ts'
export { sessionResponse } from './http/routes/sessions.ts'
export { readTicket } from './http/routes/ticket.ts'
export { deviceOf } from './http/request.ts'
export type { KeySource } from './core/keys/read-key.ts'
export type { Issuer, KeyFinder } from './core/options/issuers.ts'
export type { AuthOptions } from './core/options.ts'
export type { Metrics } from './core/session/verbs.ts'
export { TOKEN_ERRORS, type TokenError, type TokenRefused } from './core/token-errors.ts'
export type { CallbackFailure, TokenParts } from './core/options/callbacks.ts'
export type {
  Binding,
  BindOptions,
  CloseReason,
  ConnectionOwner as Opener,
} from './core/session/connections.ts'
export type { AuthEvent, SessionEvent, StoreFailure } from './core/session/events.ts'
export type { SessionInfo } from './core/session/list.ts'
export type { Refreshed, RefreshOptions, RefreshResult } from './core/session/refresh.ts'
export type { SignInOptions } from './core/session/sign-in.ts'
export type { Redeemed, Ticket, TicketOptions } from './core/session/tickets.ts'
export type { TokenSet } from './core/session/token-set.ts'
export type { End, RevocationListener, Revocation, Rotation, Session, Store } from './core/store.ts'
export type { Claims, Decoded, TokenOptions } from './core/access-token.ts'
export type {
  Device,
  EndReason,
  Location,
  Mode,
  ReuseDetails,
  SignOutDetails,
  EndDetails,
} from './protocol.ts'
