import type { ErrorCode } from 'latchkey'
import type { ServerCode } from '../errors.ts'
import type { SCHEMAS } from './schemas.ts'

type AnyCode = ErrorCode | ServerCode

/** What there is to say of one route. */
export interface Operation {
  summary: string
  description?: string
  /** Who may ask. */
  by: 'anybody' | 'access token' | 'refresh token' | 'any token'
  /** The body of the request. */
  takes?: keyof typeof SCHEMAS
  /** Which bodies it may be left out of. */
  bodyOptional?: boolean
  /** The status of a success and its body, if it has one. */
  gives: { status: number; schema?: keyof typeof SCHEMAS; type?: string }
  /** A form of a page is answered with the way to the next page. */
  form?: boolean
  /** The header `Refresh-Attempt` is read. */
  attempt?: boolean
  refuses: readonly AnyCode[]
}

const UNREADABLE = ['request_invalid', 'body_too_large', 'media_type_unsupported'] as const
const ENDED = [
  'session_signed_out',
  'refresh_token_reused',
  'session_idle',
  'session_expired',
  'session_unknown',
] as const
const TOKEN = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'token_type_invalid',
  'session_mismatch',
  ...ENDED,
] as const

/** Every route for programs, by path and method. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/login': {
    post: {
      summary: 'Sign in',
      description:
        'In cookie mode the session whose cookies come with the request is ended once the new one has begun.',
      by: 'anybody',
      takes: 'Credentials',
      gives: { status: 200, schema: 'TokenAnswer' },
      form: true,
      refuses: [
        'credentials_invalid',
        'attempt_limit_reached',
        'csrf_refused',
        ...UNREADABLE,
        'temporarily_unavailable',
      ],
    },
  },
  '/register': {
    post: {
      summary: 'Make an account and sign in',
      by: 'anybody',
      takes: 'Credentials',
      gives: { status: 200, schema: 'TokenAnswer' },
      form: true,
      refuses: [
        'credentials_invalid',
        ...([
          'username_taken',
          'username_invalid',
          'password_too_short',
          'password_too_long',
          'password_common',
        ] as const),
        ...(['attempt_limit_reached', 'csrf_refused'] as const),
        ...UNREADABLE,
        'temporarily_unavailable',
      ],
    },
  },
  '/refresh': {
    post: {
      summary: 'Exchange a refresh token for the next pair',
      description:
        'Requests that cross, and a request that is sent again because its answer was lost, all get the same successor.',
      by: 'refresh token',
      takes: 'RefreshRequest',
      bodyOptional: true,
      gives: { status: 200, schema: 'TokenAnswer' },
      form: true,
      attempt: true,
      refuses: [
        'token_missing',
        'token_invalid',
        'token_type_invalid',
        ...ENDED,
        'csrf_refused',
        ...UNREADABLE,
        'temporarily_unavailable',
      ],
    },
  },
  '/logout': {
    post: {
      summary: 'End this session',
      description:
        'Any token of the session will do, an expired or replaced one too. With `everywhere`: all sessions of the account.',
      by: 'any token',
      takes: 'SignOutRequest',
      bodyOptional: true,
      gives: { status: 204 },
      form: true,
      refuses: ['token_invalid', 'csrf_refused', ...UNREADABLE, 'temporarily_unavailable'],
    },
  },
  '/sessions': {
    get: {
      summary: 'The sessions of the account, also those that ended lately',
      by: 'access token',
      gives: { status: 200, schema: 'SessionList' },
      refuses: [...TOKEN, 'temporarily_unavailable'],
    },
    delete: {
      summary: 'End every other session of the account',
      description: 'The access token must come from a sign-in, not from a refresh.',
      by: 'access token',
      gives: { status: 200, schema: 'SessionsEnded' },
      refuses: [...TOKEN, 'fresh_required', 'csrf_refused', 'temporarily_unavailable'],
    },
  },
  '/sessions/{id}': {
    delete: {
      summary: 'End one session of the account',
      description:
        'For another session than its own the access token must come from a sign-in, not from a refresh.',
      by: 'access token',
      gives: { status: 204 },
      refuses: [...TOKEN, 'fresh_required', 'csrf_refused', 'not_found', 'temporarily_unavailable'],
    },
  },
  '/ticket': {
    post: {
      summary: 'A ticket for one request that carries no header, such as an EventSource',
      description:
        'Send it as the parameter "ticket" of the address, within 30 seconds. It is accepted once.',
      by: 'access token',
      takes: 'TicketRequest',
      bodyOptional: true,
      gives: { status: 200, schema: 'TicketAnswer' },
      refuses: [...TOKEN, 'csrf_refused', ...UNREADABLE, 'temporarily_unavailable'],
    },
  },
  '/.well-known/jwks.json': {
    get: {
      summary: 'The public keys that verify access tokens (RFC 7517)',
      by: 'anybody',
      gives: { status: 200, schema: 'Jwks' },
      refuses: [],
    },
  },
  '/account/password': {
    post: {
      summary: 'Change the password and end every other session',
      by: 'access token',
      takes: 'PasswordChange',
      gives: { status: 204 },
      form: true,
      refuses: [
        ...TOKEN,
        ...([
          'current_password_invalid',
          'password_too_short',
          'password_too_long',
          'password_common',
        ] as const),
        ...(['attempt_limit_reached', 'csrf_refused'] as const),
        ...UNREADABLE,
        'temporarily_unavailable',
      ],
    },
  },
  '/protected': {
    get: {
      summary: 'Whose access token this is',
      by: 'access token',
      gives: { status: 200, schema: 'Greeting' },
      refuses: [...TOKEN, 'temporarily_unavailable'],
    },
  },
  '/session': {
    get: {
      summary: 'This session and its tokens, and what happened to it',
      by: 'access token',
      gives: { status: 200, schema: 'SessionDescription' },
      refuses: [...TOKEN, 'temporarily_unavailable'],
    },
  },
  '/session/events': {
    get: {
      summary: 'What happens to this session, as it happens',
      description:
        'Each message is a SessionEvent. The event "ended" is the last: the session is over. Lines that begin with a colon only keep the line open. The parameter "ticket" of the address takes a ticket.',
      by: 'access token',
      gives: { status: 200, type: 'text/event-stream' },
      refuses: [
        ...TOKEN,
        'ticket_invalid',
        'method_not_allowed',
        'stream_limit_reached',
        'temporarily_unavailable',
      ],
    },
  },
  '/healthz': {
    get: {
      summary: 'Whether the server and its database answer',
      by: 'anybody',
      gives: { status: 200, schema: 'Health' },
      refuses: ['temporarily_unavailable'],
    },
  },
  '/openapi.json': {
    get: {
      summary: 'This description',
      by: 'anybody',
      gives: { status: 200, schema: 'OpenApi' },
      refuses: [],
    },
  },
}
