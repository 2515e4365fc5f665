import cors from '@koa/cors'
import { bodyParser } from '@koa/bodyparser'
import Koa, { type Middleware } from 'koa'
import { createServer } from 'node:http'
import { describe, test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/koa'
import { httpContract, type HttpContract } from 'latchkey/testing'
import { fail, host, messageOf, PAGE_ORIGIN } from './host.ts'

const who: Middleware = (context) => {
  context.body = { identity: getAuth(context, { optional: true }).identity }
}

const start =
  (parsers: Middleware[]): HttpContract['start'] =>
  async (auth, options) => {
    const app = new Koa()
    app.silent = true
    const at = (path: string, ...chain: Middleware[]): void => {
      const [first, ...rest] = chain as [Middleware, ...Middleware[]]
      const run = (
        context: Koa.Context,
        middleware: Middleware,
        behind: Middleware[],
      ): Promise<unknown> =>
        middleware(
          context,
          async () => behind.length > 0 && run(context, behind[0]!, behind.slice(1)),
        ) as Promise<unknown>
      app.use(async (context, next) => (context.path === path ? run(context, first, rest) : next()))
    }
    app.use(cors({ origin: PAGE_ORIGIN }))
    for (const parser of parsers) app.use(parser)
    at('/enter', async (context) => sendTokens(auth, context, await auth.signIn('ada')))
    app.use(routes(auth, options))
    at('/private', guard(auth), who)
    at('/fresh', guard(auth, { fresh: true }), who)
    at('/optional', guard(auth, { optional: true }), who)
    at('/twice', guard(auth), guard(auth), who)
    at('/json', guard(auth, { locations: ['json'] }), who)
    at('/unguarded', (context) => {
      context.body = messageOf(() => getAuth(context))
    })
    at('/broken', guard(auth), fail)
    at('/echo', guard(auth), (context) => {
      context.body = context.req
    })
    return host(createServer(app.callback()))
  }

describe('Koa', () => httpContract({ test, start: start([]) }))
describe('Koa, with bodies parsed before', () =>
  httpContract({ test, start: start([bodyParser()]) }))
