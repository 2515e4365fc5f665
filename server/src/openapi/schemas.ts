import { ERRORS } from 'latchkey'
import { SERVER_ERRORS } from '../errors.ts'

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>

export const ref = (name: keyof typeof SCHEMAS): Schema => ({
  $ref: `#/components/schemas/${name}`,
})

const text = (description?: string): Schema => ({
  type: 'string',
  ...(description !== undefined && { description }),
})
const instant = (description?: string): Schema => ({ ...text(description), format: 'date-time' })
const count = (description?: string): Schema => ({
  type: 'integer',
  minimum: 0,
  ...(description !== undefined && { description }),
})
const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
const list = (items: Schema): Schema => ({ type: 'array', items })
const free: Schema = { type: 'object', additionalProperties: true }

/** An object whose members are all required but those that are named as optional. */
function object(properties: Readonly<Record<string, Schema>>, ...optional: string[]): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

const local = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

export const SCHEMAS = {
  Credentials: object(
    {
      username: {
        ...text('1 to 64 visible characters, without a space at either end.'),
        minLength: 1,
      },
      password: { ...text('Compared as it is, after Unicode normalisation (NFC).'), minLength: 1 },
      mode: {
        type: 'string',
        enum: ['header', 'cookie'],
        default: 'header',
        description: 'header: the tokens are in the answer. cookie: they are in HttpOnly cookies.',
      },
      next: text('Only for a form of a page: the path of this site to go on to.'),
    },
    'mode',
    'next',
  ),
  RefreshRequest: object(
    { refresh_token: text('Where it is neither in the header Authorization nor in a cookie.') },
    'refresh_token',
  ),
  SignOutRequest: object(
    {
      refresh_token: text('Where it is neither in the header Authorization nor in a cookie.'),
      everywhere: {
        type: 'boolean',
        default: false,
        description: 'All sessions of the account, while the one that asks lives.',
      },
    },
    'refresh_token',
    'everywhere',
  ),
  PasswordChange: object({ current_password: text(), new_password: text() }),
  TokenAnswer: object(
    {
      access_token: text('Left out in cookie mode.'),
      refresh_token: text('Left out in cookie mode.'),
      token_type: { const: 'Bearer' },
      expires_in: count('Seconds until the access token expires.'),
      refresh_expires_in: count('Seconds until the session ends unless it is refreshed before.'),
      session_id: text(),
      generation: count('The number of the refresh that made these tokens; 0 at sign-in.'),
    },
    'access_token',
    'refresh_token',
    'token_type',
  ),
  TicketRequest: object(
    { audience: text('What the ticket is for, such as a path: it opens nothing else.') },
    'audience',
  ),
  TicketAnswer: object({ ticket: text(), expires_in: count('Seconds.') }),
  Device: object({ userAgent: text(), address: text('Network address.') }, 'userAgent', 'address'),
  ReuseDetails: object({
    presented: count(),
    current: count(),
    after: count('Milliseconds.'),
    device: local('Device'),
    holder: local('Device'),
  }),
  SignOutDetails: object({ device: local('Device') }),
  Session: object({
    id: text(),
    current: { type: 'boolean' },
    device: local('Device'),
    created_at: instant(),
    last_used_at: instant(),
    idle_ends_at: instant('When the session ends if it is not used again.'),
    ends_at: instant('When it ends whatever happens.'),
    generation: count(),
    ended: nullable(
      object({
        at: instant(),
        reason: text(),
        details: { anyOf: [local('ReuseDetails'), local('SignOutDetails'), { type: 'null' }] },
      }),
    ),
  }),
  SessionList: object({ sessions: list(local('Session')) }),
  SessionsEnded: object({ ended: count('How many sessions ended.') }),
  SessionEvent: object(
    {
      at: instant(),
      type: {
        type: 'string',
        enum: [
          'signed-in',
          'refreshed',
          'repeated',
          'recovered',
          'reused',
          'signed-out',
          'expired',
        ],
      },
      generation: count(),
      device: local('Device'),
      other_device: {
        const: true,
        description:
          'For "repeated": asked for by another browser, or from another address, than the one that holds the generation.',
      },
      details: local('ReuseDetails'),
    },
    'other_device',
    'details',
  ),
  SessionDescription: object({
    identity: text('The claim "sub".'),
    username: text(),
    access: object({ header: free, claims: free, expires_in: count('Seconds.') }),
    refresh: object({
      session_id: text(),
      generation: count(),
      issued_at: instant(),
      idle_ends_at: instant(),
      ends_at: instant(),
      rotates: { type: 'boolean' },
    }),
    events: { ...list(local('SessionEvent')), description: 'The newest last.' },
  }),
  Greeting: object({ logged_in_as: text() }),
  Health: object({ status: { const: 'ok' } }),
  Jwks: object({ keys: list(free) }),
  OpenApi: free,
  Error: object({
    error: { type: 'string', enum: [...Object.keys(ERRORS), ...Object.keys(SERVER_ERRORS)] },
    message: text(
      'A sentence in English for whoever reads logs. It holds nothing that the request said.',
    ),
  }),
} as const satisfies Record<string, Schema>
