import { OAUTH_OPERATIONS } from './oauth-operations.ts'
import type { Operation } from './operation.ts'
import { STATUS_OPERATIONS } from './status-operations.ts'

const BODY_ERRORS = ['request_invalid', 'body_too_large', 'media_type_unsupported'] as const
const END_ERRORS = [
  'session_signed_out',
  'refresh_token_reused',
  'session_idle',
  'session_expired',
  'session_unknown',
] as const
const TOKEN_ERRORS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'token_type_invalid',
  'session_mismatch',
  ...END_ERRORS,
] as const

/** All routes for programs, by path and method. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/login': {
    post: {
      summary: 'Sign in',
      description:
        'In cookie mode, starts the new session, then ends the session of the cookies in the ' +
        'request.',
      credential: 'none',
      request: 'Credentials',
      success: { status: 200, schema: 'TokenResponse' },
      form: true,
      errors: [
        'credentials_invalid',
        'too_many_attempts',
        'csrf_refused',
        ...BODY_ERRORS,
        'temporarily_unavailable',
      ],
    },
  },
  '/register': {
    post: {
      summary: 'Create an account and sign in',
      credential: 'none',
      request: 'Credentials',
      success: { status: 200, schema: 'TokenResponse' },
      form: true,
      errors: [
        'credentials_invalid',
        'registration_closed',
        'invitation_invalid',
        'username_taken',
        'username_invalid',
        'username_mixed',
        'username_reserved',
        'password_too_short',
        'password_too_long',
        'password_common',
        'password_personal',
        'too_many_attempts',
        'csrf_refused',
        ...BODY_ERRORS,
        'temporarily_unavailable',
      ],
    },
  },
  '/refresh': {
    post: {
      summary: 'Exchange a refresh token for new tokens',
      description:
        'Concurrent requests, and a request that is repeated because its response was lost, ' +
        'get the same refresh token.',
      credential: 'refresh token',
      request: 'RefreshRequest',
      requestOptional: true,
      success: { status: 200, schema: 'TokenResponse' },
      form: true,
      attempt: true,
      errors: [
        'token_missing',
        'token_invalid',
        'token_type_invalid',
        ...END_ERRORS,
        'csrf_refused',
        ...BODY_ERRORS,
        'temporarily_unavailable',
      ],
    },
  },
  '/logout': {
    post: {
      summary: 'End this session',
      description:
        'Accepts any token of the session, even an expired or replaced one. With `everywhere`, ' +
        'ends all sessions of the account. If no session has ended, the response is an error.',
      credential: 'any token',
      request: 'SignOutRequest',
      requestOptional: true,
      success: { status: 204 },
      form: true,
      errors: [
        'token_missing',
        'token_invalid',
        'session_mismatch',
        ...END_ERRORS,
        'csrf_refused',
        ...BODY_ERRORS,
        'temporarily_unavailable',
      ],
    },
  },
  '/verify': {
    get: {
      summary: 'Who sends a request, for a proxy in front of another application',
      description:
        'The proxy sends the headers of the request, its method as `X-Forwarded-Method` and its ' +
        'address as `X-Forwarded-Uri`. The response has the headers `Remote-User`, the username, ' +
        'percent-encoded, and `Latchkey-Account`, the id of the account. For a page that a ' +
        'browser opens, the 401 names the sign-in page in `Location`; with `?redirect` it is a ' +
        'redirect.',
      credential: 'access token',
      success: { status: 204 },
      errors: [...TOKEN_ERRORS, 'csrf_refused', 'temporarily_unavailable'],
    },
  },
  '/sessions': {
    get: {
      summary: 'List the sessions of the account, with recent ended ones',
      credential: 'access token',
      success: { status: 200, schema: 'SessionList' },
      errors: [...TOKEN_ERRORS, 'temporarily_unavailable'],
    },
    delete: {
      summary: 'End every other session of the account',
      description: 'Needs a fresh access token: from a sign-in, not from a refresh.',
      credential: 'access token',
      success: { status: 200, schema: 'EndedCount' },
      errors: [...TOKEN_ERRORS, 'fresh_required', 'csrf_refused', 'temporarily_unavailable'],
    },
  },
  '/sessions/{id}': {
    delete: {
      summary: 'End one session of the account',
      description:
        'To end another session, the access token must be fresh: from a sign-in, not from a ' +
        'refresh.',
      credential: 'access token',
      success: { status: 204 },
      errors: [
        ...TOKEN_ERRORS,
        'fresh_required',
        'csrf_refused',
        'not_found',
        'temporarily_unavailable',
      ],
    },
  },
  '/ticket': {
    post: {
      summary: 'Create a ticket for a request that cannot send headers, such as an EventSource',
      description:
        'Send it in the query parameter "ticket" within 30 seconds. It is accepted once.',
      credential: 'access token',
      request: 'TicketRequest',
      requestOptional: true,
      success: { status: 200, schema: 'TicketResponse' },
      errors: [...TOKEN_ERRORS, 'csrf_refused', ...BODY_ERRORS, 'temporarily_unavailable'],
    },
  },
  '/.well-known/jwks.json': {
    get: {
      summary: 'Get the public keys that verify access tokens (RFC 7517)',
      credential: 'none',
      success: { status: 200, schema: 'Jwks' },
      errors: [],
    },
  },
  ...OAUTH_OPERATIONS,
  '/account/password': {
    post: {
      summary: 'Change the password, end every session, and start a new one',
      credential: 'access token',
      request: 'PasswordChange',
      success: { status: 200, schema: 'TokenResponse' },
      form: true,
      errors: [
        ...TOKEN_ERRORS,
        'current_password_invalid',
        'password_too_short',
        'password_too_long',
        'password_common',
        'password_personal',
        'password_unchanged',
        'too_many_attempts',
        'csrf_refused',
        ...BODY_ERRORS,
        'temporarily_unavailable',
      ],
    },
  },
  '/protected': {
    get: {
      summary: 'Get the username in the access token',
      credential: 'access token',
      success: { status: 200, schema: 'Identity' },
      errors: [...TOKEN_ERRORS, 'temporarily_unavailable'],
    },
  },
  '/session': {
    get: {
      summary: 'Describe this session, its tokens and its events',
      credential: 'access token',
      success: { status: 200, schema: 'SessionDescription' },
      errors: [...TOKEN_ERRORS, 'temporarily_unavailable'],
    },
  },
  '/session/events': {
    get: {
      summary: 'Stream the events of this session',
      description:
        'Server-sent events. The data of each message is a SessionEvent; the last event, ' +
        '"ended", means that the session has ended. Comments keep the connection open. Accepts ' +
        'a ticket in the query parameter "ticket".',
      credential: 'access token',
      success: { status: 200, type: 'text/event-stream' },
      errors: [
        ...TOKEN_ERRORS,
        'ticket_invalid',
        'method_not_allowed',
        'too_many_streams',
        'temporarily_unavailable',
      ],
    },
  },
  ...STATUS_OPERATIONS,
}
