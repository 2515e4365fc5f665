import type { Operation } from './operation.ts'

/** The routes that describe the server itself, by path and method. */
export const STATUS_OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/healthz': {
    get: {
      summary: 'Check the server and its database',
      credential: 'none',
      success: { status: 200, schema: 'Health' },
      errors: ['temporarily_unavailable'],
    },
  },
  '/readyz': {
    get: {
      summary: 'Check that the server can write and is not about to stop',
      credential: 'none',
      success: { status: 200, schema: 'Health' },
      errors: ['temporarily_unavailable'],
    },
  },
  '/openapi.json': {
    get: {
      summary: 'Get this description',
      credential: 'none',
      success: { status: 200, schema: 'OpenApi' },
      errors: [],
    },
  },
}
