import type { Operation } from './operation.ts'

/** The routes for back ends in any language, by path and method. */
export const OAUTH_OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/.well-known/oauth-authorization-server': {
    get: {
      summary: 'Get the addresses of the keys and of the routes for back ends (RFC 8414)',
      credential: 'none',
      success: { status: 200, schema: 'ServerMetadata' },
      errors: [],
    },
  },
  '/introspect': {
    post: {
      summary: 'Ask whether a token is active, and for whom (RFC 7662)',
      credential: 'client',
      request: 'TokenForm',
      formOnly: true,
      success: { status: 200, schema: 'Introspection' },
      errors: ['invalid_client', 'invalid_request', 'body_too_large', 'temporarily_unavailable'],
    },
  },
  '/revoke': {
    post: {
      summary: 'End the session of a token (RFC 7009)',
      credential: 'client',
      request: 'TokenForm',
      formOnly: true,
      success: { status: 200 },
      errors: ['invalid_client', 'invalid_request', 'body_too_large', 'temporarily_unavailable'],
    },
  },
}
