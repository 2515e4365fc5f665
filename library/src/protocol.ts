/**
 * The protocol between server and browser: headers, cookies, paths and bodies. Both sides use
 * this file, so it depends on no other.
 */

/**
 * `Refresh-Attempt: <attempt>[, <previous>]`: the client's id for this refresh, and that of its
 * last successful one. A sign-in may name one too. Each is 128 random bits in base64url (22
 * characters). An attempt works like an `Idempotency-Key`
 * (draft-ietf-httpapi-idempotency-key-header).
 */
export const ATTEMPT_HEADER = 'refresh-attempt'

/**
 * `Latchkey-Session: <session id>`: the session that a request with cookies was made for. If the
 * cookies belong to another session, the request is refused: another user may have signed in
 * meanwhile.
 */
export const SESSION_HEADER = 'latchkey-session'

/**
 * `Latchkey-Device: <token>`: in the response to a sign-in in header mode. A client that sends it
 * with later sign-ins is a known device, which failed sign-ins of others do not slow down.
 */
export const DEVICE_HEADER = 'latchkey-device'

/**
 * Cookie names, without the prefix `__Host-` (RFC 6265bis, section 4.1.3) that they have on https.
 */
export const COOKIES = {
  access: 'latchkey-access',
  refresh: 'latchkey-refresh',
  /** Readable by scripts: `<session id>.<generation>`. It is not a credential. */
  session: 'latchkey-session',
  /** Readable by scripts: the CSRF token, if the server requires double submit. */
  csrf: 'latchkey-csrf',
  /** The CSRF token of a refresh token that was made without a store. */
  refreshCsrf: 'latchkey-refresh-csrf',
} as const

export const HOST_PREFIX = '__Host-'
/** For cookies with a domain or a path, which `__Host-` does not allow. */
export const SECURE_PREFIX = '__Secure-'

/** How tokens travel: in JSON and the header `Authorization`, or in HttpOnly cookies. */
export type Mode = 'header' | 'cookie'

/** Where a request may carry a token. */
export type Location = 'headers' | 'cookies' | 'json' | 'query_string'

/**
 * The response to a sign-in and to a refresh (RFC 6749, section 5.1, with additional members). In
 * cookie mode the tokens are in HttpOnly cookies, and they and `token_type` are left out.
 */
export interface TokenResponse {
  access_token?: string
  refresh_token?: string
  token_type?: 'Bearer'
  /** Seconds until the access token expires. */
  expires_in: number
  /** Seconds until the session ends unless it is refreshed. */
  refresh_expires_in: number
  session_id: string
  /** How many refresh tokens the session had before this one: 0 at sign-in. */
  generation: number
}

/** The body of every error response. */
export interface ErrorResponse {
  error: string
  message: string
}

/** One session in `GET /sessions`. Times are in ISO 8601, UTC. */
export interface SessionResponse {
  id: string
  current: boolean
  device: Device
  created_at: string
  last_used_at: string
  /** When the session ends unless it is refreshed. */
  idle_ends_at: string
  /** When the session ends in any case. */
  ends_at: string
  generation: number
  /** `null` while the session is live. */
  ended: { at: string; reason: EndReason; details: EndDetails | null } | null
}

/** What a request says about its sender. Shown to the owner of the session, never trusted. */
export interface Device {
  userAgent?: string
  /** Network address of the client. */
  address?: string
}

/** Why a session ended. Applications may pass reasons of their own to `signOut`. */
export type EndReason =
  | 'signed-out'
  | 'signed-out-everywhere'
  | 'replaced'
  | 'reused'
  | 'idle'
  | 'expired'
  | (string & {})

/** More about how a session ended: which refresh token was reused, or which device ended it. */
export type EndDetails = ReuseDetails | SignOutDetails

/** The device that signed the session out, or replaced it with a new sign-in. */
export interface SignOutDetails {
  device: Device
}

/** How a reused refresh token ended a session. */
export interface ReuseDetails {
  /** The generation of the refresh token that was presented. */
  presented: number
  /** The current generation of the session. */
  current: number
  /** Milliseconds since the current generation was last issued. */
  after: number
  /** The device that presented the token. */
  device: Device
  /** The device that holds the current generation. One of the two devices is the owner's. */
  holder: Device
}

/**
 * The error codes of the refresh route that mean that the session has ended. The client signs out
 * for these only; any other failure may be temporary.
 */
export const ENDED_CODES = [
  'session_signed_out',
  'refresh_token_reused',
  'session_idle',
  'session_expired',
  'session_unknown',
] as const
export type EndedCode = (typeof ENDED_CODES)[number]

/** The response to `POST /ticket`. */
export interface TicketResponse {
  ticket: string
  /** Seconds. */
  expires_in: number
}

/** The query parameter for a ticket. */
export const TICKET_PARAMETER = 'ticket'

/** The paths of the routes, relative to where they are mounted. */
export const PATHS = {
  signIn: '/login',
  refresh: '/refresh',
  signOut: '/logout',
  sessions: '/sessions',
  /** Makes a ticket, for requests that cannot send headers: WebSocket, EventSource. */
  ticket: '/ticket',
  jwks: '/.well-known/jwks.json',
} as const
