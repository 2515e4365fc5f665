/** Guards that look into bodies, next to the parsers of each framework. */
import { once } from 'node:events'
import { Agent, createServer, request as send, type IncomingMessage } from 'node:http'
import express, { type RequestHandler } from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import * as forExpress from 'latchkey/express'
import * as forFastify from 'latchkey/fastify'
import * as forFetch from 'latchkey/fetch'
import * as forHono from 'latchkey/hono'
import * as forKoa from 'latchkey/koa'
import { host } from './host.ts'

const auth = createAuth({
  secret: 'a secret of more than thirty-two bytes',
  locations: ['json', 'headers', 'cookies'],
  dangerouslyInsecureCookies: true,
  csrf: { field: 'csrf_token' },
  bodyLimit: 4096,
})
const token = auth.createAccessToken('ada')
const { csrf } = (auth.decodeToken(token) as { claims: { csrf: string } }).claims
const JSON_BODY = { 'content-type': 'application/json' }
const BEARER = { authorization: `Bearer ${token}` }
const COOKIES = { cookie: `latchkey-access=${token}`, 'sec-fetch-site': 'same-origin' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const LONG = 'x'.repeat(10_000)

interface Answer {
  status: number
  body: { identity?: string; length?: number; error?: string }
}

async function post(
  origin: string,
  headers: Record<string, string>,
  body: BodyInit,
): Promise<Answer> {
  const init = { method: 'POST', headers: { connection: 'close', ...headers }, body }
  const response = await fetch(origin, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) }
}

/** The answer of an Express app with this middleware in front of the guard, or behind it. */
async function askExpress(
  chain: { before?: RequestHandler; after?: RequestHandler },
  headers: Record<string, string>,
  body: BodyInit,
): Promise<Answer> {
  const none: RequestHandler = (_request, _response, next) => next()
  const { before = none, after = none } = chain
  const app = express().use(before, forExpress.guard(auth), after, (request, response) => {
    const { identity } = forExpress.getAuth(request)
    response.json({ identity, length: JSON.stringify(request.body ?? '').length })
  })
  const { origin, close } = await host(createServer(app))
  try {
    return await post(origin, headers, body)
  } finally {
    await close()
  }
}

describe('Express', () => {
  const json = JSON.stringify({ access_token: token, note: LONG })

  test('a body that the application has parsed is taken whatever its size', async () => {
    const before = express.json()
    expect((await askExpress({ before }, JSON_BODY, json)).body.identity).toBe('ada')
    const form = { before: express.urlencoded({ extended: true }) }
    const fields = `tag=a&tag=b&a[b]=1&note=${LONG}&csrf_token=${csrf}`
    const answer = await askExpress(form, { ...FORM, ...COOKIES }, fields)
    expect(answer.body.identity).toBe('ada')
    const wrong = await askExpress(form, { ...FORM, ...COOKIES }, fields.replace(csrf, 'x'))
    expect([wrong.status, wrong.body.error]).toEqual([403, 'csrf_token_invalid'])
  })

  test('a body that it has parsed to text is searched up to the limit', async () => {
    const before = express.text({ type: '*/*' })
    expect((await askExpress({ before }, JSON_BODY, json)).status).toBe(413)
    const short = JSON.stringify({ access_token: token })
    expect((await askExpress({ before }, JSON_BODY, short)).body.identity).toBe('ada')
  })

  test('a body that nobody can search is no reason to refuse a token elsewhere', async () => {
    const bodies: Array<[headers: Record<string, string>, body: string, status: number]> = [
      [JSON_BODY, json, 413],
      [JSON_BODY, '{', 400],
      [JSON_BODY, '[]', 400],
      [{ 'content-type': 'multipart/form-data' }, 'no boundary', 400],
      [{ 'content-type': 'image/png' }, LONG, 415],
      [FORM, 'a=1&'.repeat(1000) + 'access_token=', 401],
    ]
    for (const [headers, body, status] of bodies) {
      const signedIn = await askExpress({}, { ...headers, ...BEARER }, body)
      expect(signedIn, body.slice(0, 20)).toMatchObject({ status: 200, body: { identity: 'ada' } })
      const nobody = await askExpress({}, headers, body)
      expect(nobody.status, body.slice(0, 20)).toBe(status)
    }
  })

  test('a form over the limit is refused for its size, not for a missing CSRF token', async () => {
    const answer = await askExpress({}, { ...FORM, ...COOKIES }, `csrf_token=${csrf}&a=${LONG}`)
    expect([answer.status, answer.body.error]).toEqual([413, 'body_too_large'])
  })

  test('a parser behind the guard still gets the whole body', async () => {
    const form = new FormData()
    form.append('csrf_token', csrf)
    form.append('tag', 'a')
    form.append('tag', 'b')
    const after = express.raw({ type: '*/*' })
    const multipart = await askExpress({ after }, COOKIES, form)
    expect(multipart.body.identity).toBe('ada')
    expect(multipart.body.length).toBeGreaterThan(200)
    const long = await askExpress({ after: express.json() }, { ...JSON_BODY, ...BEARER }, json)
    expect(long.body).toEqual({ identity: 'ada', length: json.length })
  })

  test('a body over the limit that nobody reads does not block the connection', async () => {
    const app = express().use(forExpress.guard(auth), (_, response) => void response.json({}))
    const { origin, close } = await host(createServer(app))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const chunked = async (body: string): Promise<number> => {
      const clientRequest = send(origin, {
        method: 'POST',
        agent,
        headers: { ...JSON_BODY, ...BEARER, 'transfer-encoding': 'chunked' },
      })
      clientRequest.end(body)
      const [response] = (await once(clientRequest, 'response')) as [IncomingMessage]
      await response.toArray()
      return response.statusCode!
    }
    expect(await chunked(json + ' '.repeat(500_000))).toBe(200)
    expect(await chunked('{}')).toBe(200)
    agent.destroy()
    await close()
  })
})

describe('Fastify', () => {
  test('a form passes an onRequest guard, and reaches its parser whole', async () => {
    const app = fastify()
    app.addContentTypeParser(FORM['content-type'], { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    app.post('/note', { onRequest: forFastify.guard(auth) }, async ({ body }) => body)
    const ask = async (payload: string) => {
      const headers = { ...FORM, ...COOKIES }
      return app.inject({ method: 'POST', url: '/note', headers, payload })
    }
    expect((await ask(`csrf_token=${csrf}&note=hello`)).json()).toEqual({
      csrf_token: csrf,
      note: 'hello',
    })
    expect((await ask('csrf_token=wrong')).statusCode).toBe(403)
    await app.close()
  })

  test('without a parser for forms, a warning says what to register', async () => {
    const app = fastify()
    app.post('/note', { onRequest: forFastify.guard(auth) }, async () => ({}))
    const warned = once(process, 'warning')
    const headers = { ...FORM, ...COOKIES }
    const payload = `csrf_token=${csrf}`
    const response = await app.inject({ method: 'POST', url: '/note', headers, payload })
    expect(response.statusCode).toBe(415)
    expect(((await warned) as [Error])[0].message).toContain('@fastify/formbody')
    await app.close()
  })

  test('a GET with a body is decided by its token', async () => {
    const app = fastify()
    const guard = forFastify.guard(auth)
    app.get('/late', { preHandler: guard }, async () => ({ ok: true }))
    app.get('/early', { onRequest: guard }, async () => ({ ok: true }))
    for (const url of ['/late', '/early']) {
      const get = async (headers: object, payload: object) =>
        (await app.inject({ method: 'GET', url, headers: { ...headers }, payload })).statusCode
      expect(await get({}, {})).toBe(401)
      expect(await get(BEARER, { note: LONG })).toBe(200)
      expect(await get({}, { access_token: token })).toBe(200)
    }
    await app.close()
  })
})

test('Koa: a body that a parser has left as an object is searched', async () => {
  const app = new Koa()
  app.use(async (context, next) => {
    await context.req.toArray()
    Object.assign(context.request, { body: { access_token: token, note: LONG } })
    await next()
  })
  app.use(forKoa.guard(auth))
  app.use((context) => void (context.body = { identity: forKoa.getAuth(context).identity }))
  const { origin, close } = await host(createServer(app.callback()))
  expect((await post(origin, JSON_BODY, '{}')).body.identity).toBe('ada')
  await close()
})

test('Hono: a form that the application has read is searched again', async () => {
  const app = new Hono()
  app.use(async (context, next) => {
    await context.req.parseBody()
    await next()
  })
  app.post('/', forHono.guard(auth), (context) => context.json({}))
  const body = new FormData()
  body.append('csrf_token', csrf)
  body.append('note', LONG)
  const response = await app.request('/', { method: 'POST', headers: COOKIES, body })
  expect(response.status).toBe(200)
})

test('Fetch: a body that is in use is not searched: a token elsewhere is needed', async () => {
  const handler = forFetch.guard(auth, () => new Response())
  const status = async (headers: Record<string, string>): Promise<number> => {
    const request = new Request('https://app.example/', {
      method: 'POST',
      headers: { ...JSON_BODY, ...headers },
      body: '{}',
    })
    request.body!.getReader()
    return (await handler(request)).status
  }
  expect(await status(BEARER)).toBe(200)
  expect(await status({})).toBe(400)
})
