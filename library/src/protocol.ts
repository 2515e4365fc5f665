/** The names on the wire: everything that a server and a browser must agree on. This file imports nothing. */

/** `Refresh-Attempt: <new>[, <previous>]`: two random ids of 128 bits in base64url, made by the client (22 characters each). */
export const ATTEMPT_HEADER = 'refresh-attempt'

/**
 * `Latchkey-Session: <session id>`: the session that a request which rides on cookies was made for. Cookies of another one are refused, so
 * that what one person did never happens in the name of whoever has signed in since.
 */
export const SESSION_HEADER = 'latchkey-session'

/** Cookie names. Over https each carries the prefix `__Host-` (RFC 6265bis, section 4.1.3). */
export const COOKIES = {
  access: 'latchkey-access',
  refresh: 'latchkey-refresh',
  /** Readable by script: `<session id>.<generation>`. It names a session and opens nothing. */
  session: 'latchkey-session',
  /** Readable by script: what a request with cookies must repeat where the server asks for double submit. */
  csrf: 'latchkey-csrf',
  /** The same for a refresh token made without a store. */
  refreshCsrf: 'latchkey-refresh-csrf',
} as const

export const HOST_PREFIX = '__Host-'
/** For cookies that a domain or a path keeps from the first prefix. */
export const SECURE_PREFIX = '__Secure-'

/** How the tokens travel: in JSON and `Authorization`, or in HttpOnly cookies. */
export type Mode = 'header' | 'cookie'

/** Where a token may ride in a request. */
export type Location = 'headers' | 'cookies' | 'json' | 'query_string'

/**
 * The answer to a sign-in and to a refresh (RFC 6749, section 5.1, and three names of ours).
 * In cookie mode the two tokens and `token_type` are left out: they are in HttpOnly cookies.
 */
export interface TokenResponse {
  access_token?: string
  refresh_token?: string
  token_type?: 'Bearer'
  /** Seconds until the access token expires. */
  expires_in: number
  /** Seconds until the session ends unless it is refreshed before. */
  refresh_expires_in: number
  session_id: string
  /** The number of the refresh that made these tokens; 0 at sign-in. */
  generation: number
}

/** Every error body. */
export interface ErrorResponse {
  error: string
  message: string
}

/** One session in `GET /sessions`. Times are ISO 8601 in UTC. */
export interface SessionResponse {
  id: string
  current: boolean
  device: Device
  created_at: string
  last_used_at: string
  /** When the session ends if it is not used again. */
  idle_ends_at: string
  /** When it ends whatever happens. */
  ends_at: string
  generation: number
  /** `null` while the session lives. */
  ended: { at: string; reason: EndReason; details: EndDetails | null } | null
}

/** What a request said of itself; shown to the session's owner, never trusted. */
export interface Device {
  userAgent?: string
  /** Network address of the client. */
  address?: string
}

/** Why a session ended. An application may give a reason of its own to `signOut`. */
export type EndReason =
  | 'signed-out'
  | 'signed-out-everywhere'
  | 'replaced'
  | 'reused'
  | 'idle'
  | 'expired'
  | (string & {})

/** What was seen when a session ended: a reused refresh token, or who asked for the end. */
export type EndDetails = ReuseDetails | SignOutDetails

/** Who signed a session out, or signed in over it. */
export interface SignOutDetails {
  device: Device
}

/** What was seen when a reused refresh token ended a session. */
export interface ReuseDetails {
  /** Generation of the refresh token that was presented. */
  presented: number
  /** Generation that the session had reached. */
  current: number
  /** Milliseconds between the last hand-out and the presentation. */
  after: number
  /** Who presented it. */
  device: Device
  /** Who the current generation was handed to: of the two, one is the owner. */
  holder: Device
}

/** The codes of our own refresh endpoint after which a session is over for good. No other answer ends one. */
export const ENDED_CODES = [
  'session_signed_out',
  'refresh_token_reused',
  'session_idle',
  'session_expired',
  'session_unknown',
] as const
export type EndedCode = (typeof ENDED_CODES)[number]

/** The answer of `POST /ticket`. */
export interface TicketResponse {
  ticket: string
  /** Seconds. */
  expires_in: number
}

/** The parameter of an address that carries a ticket. */
export const TICKET_PARAMETER = 'ticket'

/** Where the routes are, relative to the base that they are mounted on. */
export const PATHS = {
  signIn: '/login',
  refresh: '/refresh',
  signOut: '/logout',
  sessions: '/sessions',
  /** A ticket for a request that can carry a credential in its address alone: WebSocket, EventSource. */
  ticket: '/ticket',
  jwks: '/.well-known/jwks.json',
} as const
