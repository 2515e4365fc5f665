import cors from 'cors'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
// @ts-expect-error Express 4 under an alias, which has no types
import express4 from 'express4'
import { describe, test } from 'vitest'
import { getAuth, guard, routes, sendTokens, signIn } from 'latchkey/express'
import { httpContract, type HttpContract } from 'latchkey/testing'
import { createServer } from 'node:http'
import { failLater, host, messageOf, PAGE_ORIGIN } from './host.ts'

const sendIdentity: RequestHandler = (request, response) =>
  void response.json({ identity: getAuth(request, { optional: true }).identity })
const sendNote: RequestHandler = (request, response) => {
  const { note } = (request.body ?? {}) as { note?: string }
  response.json({ identity: getAuth(request).identity, note })
}
// Express recognizes an error handler by its four parameters.
const handleError: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) =>
  void response.status(error.status ?? 500).end()

const start =
  (makeApp: typeof express, parsers: RequestHandler[]): HttpContract['start'] =>
  async (auth, options) => {
    const app = makeApp()
    app.use(cors({ origin: PAGE_ORIGIN }), ...parsers)
    app.post(
      '/tokens',
      (_, response, next) =>
        void auth.signIn('ada').then((tokens) => sendTokens(auth, response, tokens), next),
    )
    app.post(
      '/sign-in',
      (request, response, next) =>
        void signIn(auth, request, response, 'ada').then(undefined, next),
    )
    app.use(routes(auth, options))
    app.get('/private', guard(auth), sendIdentity)
    app.post('/private', guard(auth), sendIdentity)
    app.get('/fresh', guard(auth, { fresh: true }), sendIdentity)
    app.get('/recent', guard(auth, { maxAge: 300 }), sendIdentity)
    app.get('/optional', guard(auth, { optional: true }), sendIdentity)
    app.get('/guarded-twice', guard(auth), guard(auth), sendIdentity)
    app.all('/json', guard(auth, { locations: ['json'] }), express.json(), sendNote)
    app.get(
      '/unguarded',
      (request, response) => void response.json(messageOf(() => getAuth(request))),
    )
    // Express 4 ignores rejected promises.
    app.get(
      '/throws',
      guard(auth),
      (_request, _response, next) => void failLater().then(undefined, next),
    )
    app.post('/echo', guard(auth), (request, response) => void request.pipe(response))
    app.use(handleError)
    return host(createServer(app))
  }

const express4App = express4 as unknown as typeof express

describe('Express 5', () => httpContract({ test, start: start(express, []) }))
describe('Express 5, with body parsers', () =>
  httpContract({ test, start: start(express, [express.json(), express.urlencoded()]) }))
describe('Express 4', () => httpContract({ test, start: start(express4App, []) }))
const parsers4 = [express4App.json(), express4App.urlencoded({ extended: true })]
describe('Express 4, with body parsers', () =>
  httpContract({ test, start: start(express4App, parsers4) }))
