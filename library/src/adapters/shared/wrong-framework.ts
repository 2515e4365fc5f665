import { isObject } from '../../core/json.ts'

/** How the guard of each adapter is used. */
const USES = {
  express: "middleware for Express: app.get('/me', guard(auth), handler)",
  fastify: "a hook for Fastify: app.get('/me', { onRequest: guard(auth) }, handler)",
  fetch: 'a handler for requests of the Fetch standard: guard(auth, handler)',
  hono: "middleware for Hono: app.get('/me', guard(auth), handler)",
  koa: "middleware for Koa: router.get('/me', guard(auth), handler)",
  nest: 'a class for Nest: @UseGuards(guard(auth))',
  node: 'a check for plain Node: if (!(await guard(auth)(request, response))) return',
} as const

type Adapter = keyof typeof USES

/**
 * The error for a guard or for routes that another framework has called. `argument` is the first
 * one that it has passed.
 */
export function wrongFramework(adapter: Adapter, argument: unknown): TypeError {
  const caller = frameworkOf(argument)
  return new TypeError(
    caller === null || caller === adapter
      ? `latchkey/${adapter} was called in a way that it does not know: ` +
          `guard(auth) is ${USES[adapter]}`
      : `latchkey/${adapter} was called with a request of another framework: ` +
          `import guard and routes from latchkey/${caller} here`,
  )
}

/** By the members of a request, or of a context, that no other framework has. */
function frameworkOf(value: unknown): Adapter | null {
  if (!isObject(value)) return null
  if (isObject(value.req) && isObject(value.request)) return 'koa'
  if (isObject(value.req) && 'raw' in value.req) return 'hono'
  if (isFastifyRequest(value) || 'addHook' in value) return 'fastify'
  if (typeof value.switchToHttp === 'function') return 'nest'
  if (!isObject(value.headers)) return null
  if (typeof value.headers.get === 'function') return 'fetch'
  return 'app' in value ? 'express' : 'node'
}

/** Fastify's request wraps that of Node. */
export const isFastifyRequest = (value: object): boolean =>
  'raw' in value && isObject(value.raw) && 'headers' in value.raw
