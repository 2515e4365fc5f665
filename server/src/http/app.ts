import { Hono, type MiddlewareHandler } from 'hono'
import { isDatabaseError } from '../data/database-error.ts'
import { problem } from '../errors.ts'
import { errorFacts } from '../log.ts'
import type { Services } from '../services.ts'
import { originWatch } from './origin-check.ts'
import type { Env } from './request.ts'
import { sendProblem, sendProblemJson } from './responses.ts'
import { accountFormRoutes, passwordRoutes } from './routes/account.ts'
import { apiRoutes } from './routes/api.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { oauthRoutes } from './routes/oauth.ts'
import { pageRoutes } from './routes/pages.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { verifyRoutes } from './routes/verify.ts'
import type { Method, Routes } from './routes/route-types.ts'
import { setSecurityHeaders } from './security-headers.ts'

/** The routes for programs. `GET /openapi.json` describes each of them. */
export function programRoutes(services: Services): Routes[] {
  return [
    signInRoutes(services),
    sessionRoutes(services),
    passwordRoutes(services),
    apiRoutes(services),
    oauthRoutes(services),
    verifyRoutes(services),
  ]
}

/** Builds the HTTP application. */
export function createApp(services: Services): Hono<Env> {
  const { log } = services
  const app = new Hono<Env>()
  app.use(logAndSecure(services))
  addRoutes(app, services, [
    ...programRoutes(services),
    accountFormRoutes(services),
    pageRoutes(services),
    metricsRoutes(services),
  ])
  app.notFound((context) => sendProblem(services, context, problem('not_found')))
  app.onError(async (error, context) => {
    log('error', isDatabaseError(error) ? 'database-failed' : 'unexpected', errorFacts(error))
    const refusal = problem(isDatabaseError(error) ? 'temporarily_unavailable' : 'internal_error')
    try {
      return await sendProblem(services, context, refusal)
    } catch {
      // The page itself may have failed to render.
      return sendProblemJson(refusal)
    }
  })
  return app
}

function logAndSecure({ log, https, expectedOrigin }: Services): MiddlewareHandler<Env> {
  const watchOrigin = originWatch(expectedOrigin, log)
  return async (context, next) => {
    watchOrigin(context)
    const startedAt = performance.now()
    await next()
    const { res, req } = context
    setSecurityHeaders(res.headers, { https })
    log('info', 'request', {
      method: req.method,
      // An unknown path may contain anything, such as a password pasted into the address bar.
      path: res.status === 404 ? '(none)' : req.path,
      status: res.status,
      ms: Math.round(performance.now() - startedAt),
    })
  }
}

/** Adds the routes, and 405 for the other methods of each path. */
function addRoutes(app: Hono<Env>, services: Services, tables: readonly Routes[]): void {
  const methodsOf = new Map<string, Method[]>()
  for (const [path, handlers] of tables.flatMap((routes) => Object.entries(routes))) {
    for (const [method, handler] of Object.entries(handlers))
      app.on(method, path, (context) => handler(context))
    methodsOf.set(path, [...(methodsOf.get(path) ?? []), ...(Object.keys(handlers) as Method[])])
  }
  for (const [path, methods] of methodsOf) {
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    app.all(path, async (context) => {
      const response = await sendProblem(services, context, problem('method_not_allowed'))
      response.headers.set('Allow', allow.join(', '))
      return response
    })
  }
}
