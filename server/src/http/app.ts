import { Hono } from 'hono'
import { secure } from './security-headers.ts'
import { isDatabaseError } from '../data/data.ts'
import { sendProblem, sendProblemJson } from './answers.ts'
import { problem } from '../errors.ts'
import { errorFacts } from '../log.ts'
import type { Env } from './request.ts'
import { accountFormRoutes, passwordRoutes } from './routes/account.ts'
import { apiRoutes } from './routes/api.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { pageRoutes } from './routes/pages.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { signInRoutes } from './routes/sign-in.ts'
import type { Method, Routes } from './routes/table.ts'
import type { Services } from '../services.ts'

/** The routes for programs; `GET /openapi.json` describes each of them. */
export function programRoutes(services: Services): Routes[] {
  return [
    signInRoutes(services),
    sessionRoutes(services),
    passwordRoutes(services),
    apiRoutes(services),
  ]
}

/** The whole server as one application. */
export function createApp(services: Services): Hono<Env> {
  const { log, https } = services
  const app = new Hono<Env>()
  app.use(async (context, next) => {
    const begun = performance.now()
    await next()
    secure(context.res.headers, { https })
    const { method, path } = context.req
    // An address that nobody has may hold anything, also what was meant for another field.
    const known = context.res.status === 404 ? '(none)' : path
    log('info', 'request', {
      method,
      path: known,
      status: context.res.status,
      ms: Math.round(performance.now() - begun),
    })
  })
  const methods = new Map<string, Method[]>()
  for (const routes of [
    ...programRoutes(services),
    accountFormRoutes(services),
    pageRoutes(services),
    metricsRoutes(services),
  ]) {
    for (const [path, handlers] of Object.entries(routes)) {
      for (const [method, handler] of Object.entries(handlers))
        app.on(method, path, (context) => handler(context))
      methods.set(path, [...(methods.get(path) ?? []), ...(Object.keys(handlers) as Method[])])
    }
  }
  for (const [path, allowed] of methods) {
    app.all(path, async (context) => {
      const response = await sendProblem(services, context, problem('method_not_allowed'))
      response.headers.set(
        'Allow',
        allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '),
      )
      return response
    })
  }
  app.notFound((context) => sendProblem(services, context, problem('not_found')))
  app.onError(async (error, context) => {
    log('error', isDatabaseError(error) ? 'database-failed' : 'unexpected', errorFacts(error))
    const refusal = problem(isDatabaseError(error) ? 'temporarily_unavailable' : 'internal')
    try {
      return await sendProblem(services, context, refusal)
    } catch {
      // The page is what broke.
      return sendProblemJson(refusal)
    }
  })
  return app
}
