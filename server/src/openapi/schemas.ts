import { ERRORS } from 'latchkey'
import { SERVER_ERRORS } from '../errors.ts'

export type SchemaName =
  | 'Credentials'
  | 'RefreshRequest'
  | 'SignOutRequest'
  | 'PasswordChange'
  | 'TokenResponse'
  | 'TicketRequest'
  | 'TicketResponse'
  | 'Device'
  | 'ReuseDetails'
  | 'SignOutDetails'
  | 'EndDetails'
  | 'SessionResponse'
  | 'SessionList'
  | 'EndedCount'
  | 'SessionEvent'
  | 'SessionDescription'
  | 'Identity'
  | 'TokenForm'
  | 'Introspection'
  | 'ServerMetadata'
  | 'Health'
  | 'Jwks'
  | 'OpenApi'
  | 'ErrorResponse'

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 uses it. */
export type Schema = Readonly<Record<string, unknown>>

/** A reference to one of `SCHEMAS`. */
export const ref = (name: SchemaName): Schema => ({ $ref: `#/components/schemas/${name}` })

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
const anyObject: Schema = { type: 'object', additionalProperties: true }

/** An object. All members are required, except those in `optional`. */
function object(properties: Readonly<Record<string, Schema>>, ...optional: string[]): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

export const SCHEMAS: Readonly<Record<SchemaName, Schema>> = {
  Credentials: object(
    {
      username: {
        ...text('1 to 64 visible characters, without a space at either end.'),
        minLength: 1,
      },
      password: {
        ...text('Compared after Unicode normalization (NFC), with its case.'),
        minLength: 1,
      },
      mode: {
        type: 'string',
        enum: ['header', 'cookie'],
        default: 'header',
        description:
          'header: the tokens are in the response body. cookie: they are in HttpOnly cookies.',
      },
      next: text('Only for a form of a page: the path of this site to redirect to.'),
      invitation: text('Only for a registration, if the server requires an invitation.'),
    },
    'mode',
    'invitation',
    'next',
  ),
  RefreshRequest: object(
    { refresh_token: text('Needed if it is neither in the Authorization header nor in a cookie.') },
    'refresh_token',
  ),
  SignOutRequest: object(
    {
      refresh_token: text('Needed if it is neither in the Authorization header nor in a cookie.'),
      everywhere: {
        type: 'boolean',
        default: false,
        description: 'Ends all sessions of the account, if this one is active.',
      },
    },
    'refresh_token',
    'everywhere',
  ),
  PasswordChange: object({ current_password: text(), new_password: text() }),
  TokenResponse: object(
    {
      access_token: text('Absent in cookie mode.'),
      refresh_token: text('Absent in cookie mode.'),
      token_type: { const: 'Bearer' },
      expires_in: count('Seconds until the access token expires.'),
      refresh_expires_in: count('Seconds until the session ends if it is not refreshed.'),
      session_id: text(),
      generation: count('The generation of the session; 0 at sign-in.'),
    },
    'access_token',
    'refresh_token',
    'token_type',
  ),
  TicketRequest: object(
    { audience: text('What the ticket may be used for, such as a path.') },
    'audience',
  ),
  TicketResponse: object({ ticket: text(), expires_in: count('Seconds.') }),
  Device: object({ userAgent: text(), address: text('Network address.') }, 'userAgent', 'address'),
  ReuseDetails: object({
    presented: count('The generation of the refresh token that was presented.'),
    current: count('The generation of the session.'),
    after: count('Milliseconds from when the current generation was issued to the reuse.'),
    device: ref('Device'),
    holder: ref('Device'),
  }),
  SignOutDetails: object({ device: ref('Device') }),
  EndDetails: { anyOf: [ref('ReuseDetails'), ref('SignOutDetails')] },
  SessionResponse: object({
    id: text(),
    current: { type: 'boolean' },
    device: ref('Device'),
    created_at: instant(),
    last_used_at: instant(),
    idle_ends_at: instant('When the session ends if it is not refreshed.'),
    ends_at: instant('When the session ends in any case.'),
    generation: count(),
    ended: nullable(
      object({
        at: instant(),
        reason: text(),
        details: nullable(ref('EndDetails')),
      }),
    ),
  }),
  SessionList: object({
    sessions: list(ref('SessionResponse')),
    next_cursor: nullable(text('Pass it as `cursor` for the next page; null on the last one.')),
  }),
  EndedCount: object({ ended: count('The number of sessions that were ended.') }),
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
      device: ref('Device'),
      other_device: {
        const: true,
        description:
          'Only for "repeated": the browser or the address differs from the one that has the ' +
          'generation.',
      },
      details: ref('ReuseDetails'),
    },
    'other_device',
    'details',
  ),
  SessionDescription: object({
    identity: text('The claim "sub".'),
    username: text(),
    access: object({ header: anyObject, claims: anyObject, expires_in: count('Seconds.') }),
    refresh: object({
      session_id: text(),
      generation: count(),
      issued_at: instant(),
      idle_ends_at: instant(),
      ends_at: instant(),
      rotates: { type: 'boolean' },
    }),
    events: { ...list(ref('SessionEvent')), description: 'Oldest first.' },
  }),
  TokenForm: object(
    {
      token: text('An access or a refresh token.'),
      token_type_hint: text('Ignored: the type is recognized.'),
      client_id: text('Needed if it is not in the Authorization header.'),
      client_secret: text('Needed if it is not in the Authorization header.'),
    },
    'token_type_hint',
    'client_id',
    'client_secret',
  ),
  Introspection: {
    ...object({ active: { type: 'boolean' } }),
    description: 'If the token is active, also its claims and "token_type".',
    additionalProperties: true,
  },
  ServerMetadata: object(
    {
      issuer: text('The claim "iss" of access tokens.'),
      jwks_uri: text(),
      introspection_endpoint: text(),
      introspection_endpoint_auth_methods_supported: list(text()),
      revocation_endpoint: text(),
      revocation_endpoint_auth_methods_supported: list(text()),
    },
    'introspection_endpoint',
    'introspection_endpoint_auth_methods_supported',
    'revocation_endpoint',
    'revocation_endpoint_auth_methods_supported',
  ),
  Identity: object({ logged_in_as: text() }),
  Health: object({ status: { const: 'ok' } }),
  Jwks: object({ keys: list(anyObject) }),
  OpenApi: anyObject,
  ErrorResponse: object({
    error: { type: 'string', enum: [...Object.keys(ERRORS), ...Object.keys(SERVER_ERRORS)] },
    message: text('A sentence in English, for developers. It contains no data from the request.'),
  }),
}
