import cors from 'cors'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
// @ts-expect-error Express 4 under a name of its own, which has no types
import express4 from 'express4'
import { describe, test } from 'vitest'
import { getAuth, guard, routes, sendTokens } from 'latchkey/express'
import { httpContract, type HttpContract } from 'latchkey/testing'
import { createServer } from 'node:http'
import { fail, host, messageOf, PAGE_ORIGIN } from './host.ts'

const who: RequestHandler = (request, response) =>
  void response.json({ identity: getAuth(request, { optional: true }).identity })
// Express tells a handler of errors by its four parameters.
const failed: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) =>
  void response.status(error.status ?? 500).end()

const start =
  (makeApp: typeof express, parsers: RequestHandler[]): HttpContract['start'] =>
  async (auth, options) => {
    const app = makeApp()
    app.use(cors({ origin: PAGE_ORIGIN }), ...parsers)
    app.post(
      '/enter',
      (_, response, next) =>
        void auth.signIn('ada').then((tokens) => sendTokens(auth, response, tokens), next),
    )
    app.use(routes(auth, options))
    app.get('/private', guard(auth), who)
    app.post('/private', guard(auth), who)
    app.get('/fresh', guard(auth, { fresh: true }), who)
    app.get('/optional', guard(auth, { optional: true }), who)
    app.get('/twice', guard(auth), guard(auth), who)
    app.post('/json', guard(auth, { locations: ['json'] }), who)
    app.get(
      '/unguarded',
      (request, response) => void response.json(messageOf(() => getAuth(request))),
    )
    // Express 4 hears of no promise.
    app.get(
      '/broken',
      guard(auth),
      (_request, _response, next) => void fail().then(undefined, next),
    )
    app.post('/echo', guard(auth), (request, response) => void request.pipe(response))
    app.use(failed)
    return host(createServer(app))
  }

const asExpress = express4 as unknown as typeof express

describe('Express 5', () => httpContract({ test, start: start(express, []) }))
describe('Express 5, with bodies parsed before', () =>
  httpContract({ test, start: start(express, [express.json(), express.urlencoded()]) }))
describe('Express 4', () => httpContract({ test, start: start(asExpress, []) }))
const parsers4 = [asExpress.json(), asExpress.urlencoded({ extended: true })]
describe('Express 4, with bodies parsed before', () =>
  httpContract({ test, start: start(asExpress, parsers4) }))
