import 'reflect-metadata'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  Controller,
  Get,
  Module,
  type INestApplication,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common'
import { APP_GUARD, NestFactory } from '@nestjs/core'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAuth, type Auth, type Authenticated } from 'latchkey'
import * as forExpress from 'latchkey/express'
import * as forFastify from 'latchkey/fastify'
import * as forFetch from 'latchkey/fetch'
import * as forHono from 'latchkey/hono'
import * as forKoa from 'latchkey/koa'
import * as forNest from 'latchkey/nest'
import * as forNode from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'
import type { HostedApp } from 'latchkey/testing'
import { host } from './host.ts'

const makeAuth = (): Auth =>
  createAuth({ secret: 'a secret of more than thirty-two bytes', store: memoryStore() })
const signIn = ({ password }: Record<string, unknown>): string | null =>
  password === 'open sesame' ? 'ada' : null
const JSON_BODY = { 'content-type': 'application/json' }
const LOGIN = { method: 'POST', headers: JSON_BODY, body: '{"password":"open sesame"}' }

/** Asks an app, each time on a new connection, and stops it. */
async function asking(
  app: HostedApp,
  ask: (send: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
): Promise<void> {
  try {
    await ask((path, init) =>
      fetch(app.origin + path, {
        ...init,
        headers: { connection: 'close', ...(init?.headers as Record<string, string>) },
      }),
    )
  } finally {
    await app.close()
  }
}

const bearer = async (auth: Auth): Promise<Record<string, string>> => ({
  authorization: `Bearer ${(await auth.signIn('ada')).accessToken}`,
})

test('all adapters have the same names', () => {
  const names = ['bodyOf', 'getAuth', 'guard', 'routes', 'sendRefusal', 'sendTokens', 'viewOf']
  for (const adapter of [forExpress, forFastify, forFetch, forHono, forKoa, forNest, forNode])
    expect(Object.keys(adapter)).toEqual(expect.arrayContaining(names))
})

test('a requirement or an option that does not exist is refused at start-up', () => {
  const auth = makeAuth()
  const wrong = { fersh: true } as object
  for (const { guard } of [forExpress, forFastify, forHono, forKoa, forNest, forNode])
    expect(() => guard(auth, wrong)).toThrow('unknown requirement "fersh"')
  expect(() => forFetch.guard(auth, () => new Response(), wrong)).toThrow(
    'unknown requirement "fersh"',
  )
  for (const options of [
    { base: 'auth' },
    { base: '/auth/' },
    { signIn: 'ada' },
    { adress: () => '' },
    { address: '127.0.0.1' },
  ]) {
    const given = options as object
    for (const { routes } of [forExpress, forFastify, forFetch, forHono, forKoa, forNest, forNode])
      expect(() => routes(auth, given)).toThrow(`option "${Object.keys(options)[0]}"`)
  }
})

describe('Express', () => {
  test('routes mounted at a path, with and without a slash behind', async () => {
    const app = express().use('/auth', forExpress.routes(makeAuth(), { signIn }))
    await asking(await host(createServer(app)), async (send) => {
      expect((await send('/auth/login', LOGIN)).status).toBe(200)
      expect((await send('/auth/login/', LOGIN)).status).toBe(404)
      expect((await send('/login', LOGIN)).status).toBe(404)
    })
  })

  test('a guard in front of everything guards OPTIONS too: nobody is nobody, by whatever method', async () => {
    const app = express().use(
      forExpress.guard(makeAuth()),
      (_request, response) => void response.json({}),
    )
    await asking(await host(createServer(app)), async (send) => {
      const preflight = {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
      }
      expect((await send('/', preflight)).status).toBe(401)
    })
  })

  test('requests that have come are all checked before the first is answered, and timers that a test replaces do not stop it', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const auth = makeAuth()
    const headers = await bearer(auth)
    const guard = forExpress.guard(auth)
    const passed: number[] = []
    const answered = Array.from(
      { length: 3 },
      (_, at) =>
        new Promise<void>((resolve) => {
          const request = {
            headers,
            rawHeaders: ['authorization', headers['authorization']],
          } as IncomingMessage
          guard(request, {} as ServerResponse, () => {
            passed.push(at)
            resolve()
          })
          expect(forExpress.getAuth(request).identity).toBe('ada')
        }),
    )
    expect(passed).toEqual([])
    await Promise.all(answered)
    expect(passed).toEqual([0, 1, 2])
  })

  test('bodies that were read as text or bytes are parsed, and those that are gone are refused', async () => {
    for (const [parser, status] of [
      [express.text({ type: '*/*' }), 200],
      [express.raw({ type: '*/*' }), 200],
    ] as const) {
      const app = express().use(parser, forExpress.routes(makeAuth(), { signIn }))
      await asking(await host(createServer(app)), async (send) =>
        expect((await send('/login', LOGIN)).status).toBe(status),
      )
    }
    const drained = express().use(
      (request, _response, next) => void request.resume().on('end', next),
      forExpress.routes(makeAuth(), { signIn }),
    )
    await asking(await host(createServer(drained)), async (send) =>
      expect((await send('/login', LOGIN)).status).toBe(400),
    )
  })

  test('a form whose field stands twice, or is an object, is refused by any parser', async () => {
    const app = express().use(
      express.urlencoded({ extended: true }),
      forExpress.routes(makeAuth(), { signIn }),
    )
    await asking(await host(createServer(app)), async (send) => {
      for (const body of ['password=open+sesame&password=x', 'password[x]=open+sesame']) {
        expect(
          (
            await send('/login', {
              method: 'POST',
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
              body,
            })
          ).status,
        ).toBe(400)
      }
    })
  })
})

describe('Fastify', () => {
  test('a prefix, and a guard for one plugin alone', async () => {
    const auth = makeAuth()
    const app = fastify()
    await app.register(forFastify.routes(auth, { signIn }), { prefix: '/auth' })
    await app.register(async (inside) => {
      inside.addHook('onRequest', forFastify.guard(auth))
      inside.get('/inside', async (request) => forFastify.getAuth(request).identity)
    })
    app.get('/outside', async () => 'open')
    app.post('/data', async (request) => request.body)
    expect(
      (
        await app.inject({
          method: 'POST',
          url: '/auth/login',
          payload: { password: 'open sesame' },
        })
      ).statusCode,
    ).toBe(200)
    const form = {
      method: 'POST',
      url: '/auth/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'password=open+sesame',
    } as const
    expect((await app.inject(form)).statusCode, 'a form, which Fastify does not know').toBe(200)
    expect(
      (await app.inject({ method: 'POST', url: '/data', payload: { a: 1 } })).json(),
      'the app keeps its parsers',
    ).toEqual({ a: 1 })
    expect((await app.inject('/outside')).body).toBe('open')
    expect((await app.inject('/inside')).statusCode).toBe(401)
    expect((await app.inject({ url: '/inside', headers: await bearer(auth) })).body).toBe('ada')
    await app.close()
  })

  test('a guard that looks into the body says where it belongs', async () => {
    const app = fastify()
    app.post(
      '/early',
      { onRequest: forFastify.guard(makeAuth(), { locations: ['json'] }) },
      async () => 'never',
    )
    const answer = await app.inject({
      method: 'POST',
      url: '/early',
      payload: { access_token: 'x' },
    })
    expect([answer.statusCode, answer.json<{ message: string }>().message]).toEqual([
      500,
      expect.stringContaining('belongs in preHandler'),
    ])
    await app.close()
  })
})

describe('Hono', () => {
  test('a body that was read through Hono before', async () => {
    const auth = makeAuth()
    const app = new Hono()
    app.use(async (context, next) => {
      await context.req.json()
      await next()
    })
    app.post('/', forHono.guard(auth, { locations: ['json'] }), (context) =>
      context.text(forHono.getAuth(context).identity),
    )
    const { accessToken } = await auth.signIn('ada')
    const answer = await app.request('/', {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify({ access_token: accessToken }),
    })
    expect(await answer.text()).toBe('ada')
  })
})

describe('Nest', () => {
  test('one guard for the whole app, and routes as middleware of a module, behind the parsers of Nest', async () => {
    const auth = makeAuth()
    @Controller('me')
    class Me {
      @Get()
      greet(@forNest.Who() { identity }: Authenticated): string {
        return identity
      }
    }
    @Module({
      controllers: [Me],
      providers: [{ provide: APP_GUARD, useClass: forNest.guard(auth) }],
    })
    class App implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(forNest.routes(auth, { signIn })).forRoutes('{*path}')
      }
    }
    const app: INestApplication = await NestFactory.create(App, {
      logger: false,
      forceCloseConnections: true,
    })
    await app.listen(0, '127.0.0.1')
    await asking({ origin: await app.getUrl(), close: () => app.close() }, async (send) => {
      expect((await send('/me')).status).toBe(401)
      const { access_token } = (await (await send('/login', LOGIN)).json()) as {
        access_token: string
      }
      expect(
        await (await send('/me', { headers: { authorization: `Bearer ${access_token}` } })).text(),
      ).toBe('ada')
    })
  })

  test('what is no request of HTTP is not guarded by accident', () => {
    const Guard = forNest.guard(makeAuth())
    expect(() => new Guard().canActivate({ getType: () => 'ws' } as never)).toThrow(
      'checks requests of HTTP, not of "ws"',
    )
  })
})

describe('Fetch', () => {
  test('what the runtime gives beside the request reaches the handler', async () => {
    const auth = makeAuth()
    const handler = forFetch.guard(
      auth,
      async (request, { params }: { params: Promise<{ id: string }> }) =>
        Response.json([forFetch.getAuth(request).identity, (await params).id]),
    )
    const answer = await handler(
      new Request('https://app.example/notes/7', { headers: await bearer(auth) }),
      { params: Promise.resolve({ id: '7' }) },
    )
    expect(await answer.json()).toEqual(['ada', '7'])
  })

  test('a body that somebody has read before is refused, not waited for', async () => {
    const answerRoutes = forFetch.routes(makeAuth(), { signIn })
    const request = new Request('https://app.example/login', LOGIN)
    await request.text()
    expect((await answerRoutes(request))?.status).toBe(400)
    expect((await answerRoutes(new Request('https://app.example/login', LOGIN)))?.status).toBe(200)
    expect(await answerRoutes(new Request('https://app.example/elsewhere'))).toBeNull()
  })
})

describe('the address of a client is what the option says', () => {
  const ADDRESS = '198.51.100.7'
  const address = (): string => ADDRESS
  const deviceAfter = async (
    start: (auth: Auth) => Promise<HostedApp>,
  ): Promise<string | undefined> => {
    const auth = makeAuth()
    await asking(await start(auth), async (send) =>
      expect((await send('/login', LOGIN)).status).toBe(200),
    )
    return (await auth.sessions('ada'))[0]?.device.address
  }

  test('in every adapter', async () => {
    const found = await Promise.all([
      deviceAfter((auth) =>
        host(createServer(express().use(forExpress.routes(auth, { signIn, address })))),
      ),
      deviceAfter((auth) =>
        host(createServer(new Koa().use(forKoa.routes(auth, { signIn, address })).callback())),
      ),
      deviceAfter((auth) => {
        const answerRoutes = forNode.routes(auth, { signIn, address })
        return host(createServer((request, response) => void answerRoutes(request, response)))
      }),
      deviceAfter(async (auth) => {
        const app = fastify({ forceCloseConnections: true })
        await app.register(forFastify.routes(auth, { signIn, address }))
        return {
          origin: await app.listen({ port: 0, host: '127.0.0.1' }),
          close: () => app.close(),
        }
      }),
    ])
    expect(found).toEqual([ADDRESS, ADDRESS, ADDRESS, ADDRESS])
    const [hono, fetched] = [makeAuth(), makeAuth()]
    await new Hono().use(forHono.routes(hono, { signIn, address })).request('/login', LOGIN)
    await forFetch.routes(fetched, { signIn, address })(
      new Request('https://app.example/login', LOGIN),
    )
    for (const auth of [hono, fetched])
      expect((await auth.sessions('ada'))[0]?.device.address).toBe(ADDRESS)
  })

  test('or what the framework says by its own rule for proxies', async () => {
    const app = (auth: Auth) =>
      express().set('trust proxy', 1).use(forExpress.routes(auth, { signIn }))
    const auth = makeAuth()
    await asking(await host(createServer(app(auth))), async (send) => {
      await send('/login', { ...LOGIN, headers: { ...JSON_BODY, 'x-forwarded-for': ADDRESS } })
    })
    expect((await auth.sessions('ada'))[0]?.device.address).toBe(ADDRESS)
  })
})
