import cors from '@koa/cors'
import { bodyParser } from '@koa/bodyparser'
import Koa, { type Middleware } from 'koa'
import { createServer } from 'node:http'
import { describe, test } from 'vitest'
import { getAuth, guard, routes, sendTokens, signIn } from 'latchkey/koa'
import { httpContract, type HttpContract } from 'latchkey/testing'
import { failLater, host, messageOf, PAGE_ORIGIN } from './host.ts'

const sendIdentity: Middleware = (context) => {
  context.body = { identity: getAuth(context, { optional: true }).identity }
}

const sendNote: Middleware = (context) => {
  const { note } = (context.request.body ?? {}) as { note?: string }
  context.body = { identity: getAuth(context).identity, note }
}

const start =
  (parsers: Middleware[]): HttpContract['start'] =>
  async (auth, options) => {
    const app = new Koa()
    app.silent = true
    const mount = (path: string, ...chain: Middleware[]): void => {
      const [first, ...rest] = chain as [Middleware, ...Middleware[]]
      const run = (
        context: Koa.Context,
        middleware: Middleware,
        following: Middleware[],
      ): Promise<unknown> =>
        middleware(
          context,
          async () => following.length > 0 && run(context, following[0]!, following.slice(1)),
        ) as Promise<unknown>
      app.use(async (context, next) => (context.path === path ? run(context, first, rest) : next()))
    }
    app.use(cors({ origin: PAGE_ORIGIN }))
    for (const parser of parsers) app.use(parser)
    mount('/tokens', async (context) => sendTokens(auth, context, await auth.signIn('ada')))
    mount('/sign-in', async (context) => signIn(auth, context, 'ada'))
    app.use(routes(auth, options))
    mount('/private', guard(auth), sendIdentity)
    mount('/fresh', guard(auth, { fresh: true }), sendIdentity)
    mount('/recent', guard(auth, { maxAge: 300 }), sendIdentity)
    mount('/optional', guard(auth, { optional: true }), sendIdentity)
    mount('/guarded-twice', guard(auth), guard(auth), sendIdentity)
    mount('/json', guard(auth, { locations: ['json'] }), bodyParser(), sendNote)
    mount('/unguarded', (context) => {
      context.body = messageOf(() => getAuth(context))
    })
    mount('/throws', guard(auth), failLater)
    mount('/echo', guard(auth), (context) => {
      context.body = context.req
    })
    return host(createServer(app.callback()))
  }

describe('Koa', () => httpContract({ test, start: start([]) }))
describe('Koa, with body parsers', () => httpContract({ test, start: start([bodyParser()]) }))
