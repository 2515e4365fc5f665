export { createAuth } from './http/auth.ts'
export type * from './http/auth-types.ts'
export type { AuthenticatedBy } from './http/guard.ts'
export type { Anonymous, Authenticated } from './http/authenticate.ts'
export type { AuthenticateResult, Requirement } from './http/authenticate.ts'
export { ERRORS, type ErrorCode, type Refusal, type Reply } from './core/errors.ts'
export { TOKEN_ERRORS, type TokenError } from './core/token-errors.ts'

// Building blocks for an application's own routes, in addition to the methods of the auth object.
export { refusalReply } from './http/replies.ts'
export { readCookie } from './http/cookies.ts'
export { readAttempts } from './http/read-attempts.ts'
export type { SessionPage, SessionPageOptions } from './core/session/list.ts'
export type { SessionLimit } from './core/session/limit-sessions.ts'
export { sessionResponse } from './http/routes/sessions.ts'
export { readTicket } from './http/routes/ticket.ts'
export { deviceOf, type Body, type RequestView } from './http/request.ts'
export type { AnyRequest, RequestHead, RequestWithHeaders } from './http/any-request.ts'
export type { AccountOf, CheckCredentials } from './http/routes/limited-sign-in.ts'
export type { Device, EndReason, Location, SessionResponse } from './protocol.ts'

// Options.
export type * from './core/option-types.ts'

// Tokens.
export type { DecodeOptions, Follows, ReadMethods } from './core/read-tokens.ts'
export type { TokenMethods } from './core/create-tokens.ts'
export type { Claims, Decoded, TokenOptions, VerifiedToken } from './core/claims.ts'
export type { IssuerSubject } from './core/claims.ts'
export type { TokenKind } from './core/token-kinds.ts'
export type { AcceptedToken, CheckedToken, TokenCheck } from './core/check-token.ts'
export type { TokenRequirement } from './core/check-token.ts'
export type {
  CookieAttributes,
  CookieMethods,
  RenewOptions,
} from './http/cookies-without-session.ts'
export type { SetCookieHeader } from './http/cookies-without-session.ts'

// Sessions.
export type { Metrics, SessionMethods } from './core/session/session-methods.ts'
export type { SignInOptions } from './core/session/sign-in.ts'
export type { Refreshed, RefreshOptions, RefreshResult } from './core/session/refresh.ts'
export type { RenderCookies, RenderResult } from './http/render.ts'
export type { SignOutEverywhereOptions } from './core/session/sign-out.ts'
export type { Revoked, RevokeOptions } from './core/session/revoke-token.ts'
export type { Introspection } from './core/session/introspect.ts'
export type { SessionInfo } from './core/session/list.ts'
export type { TokenSet } from './core/session/token-set.ts'
export type { Redeemed, Ticket, TicketOptions } from './core/session/tickets.ts'
export type { Binding, BindOptions, CloseReason } from './core/session/connections.ts'
export type { ConnectionOwner } from './core/session/connections.ts'
export type { AuthEvent, SessionEvent, StoreFailure, KeysFailure } from './core/events.ts'
export type { TokenRefused } from './core/events.ts'
export type { RevocationMetrics } from './core/session/revocations.ts'
export type { LagSummary } from './core/session/revocation-lag.ts'
export type { Awaitable, End, Session, Store } from './core/store.ts'
export type { SignInCheck, SignInResult, SignInTry } from './core/throttle/throttle.ts'
export type { Throttle, TrySubject } from './core/throttle/throttle.ts'
export type { TakenTry, TryRule } from './core/tries.ts'
export type {
  ListPosition,
  ListRange,
  Revocation,
  RevocationListener,
  Rotation,
} from './core/store.ts'
