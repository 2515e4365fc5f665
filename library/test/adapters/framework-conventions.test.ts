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
import { createAuth, type SessionAuth, type Authenticated } from 'latchkey'
import * as forExpress from 'latchkey/express'
import * as forFastify from 'latchkey/fastify'
import * as forFetch from 'latchkey/fetch'
import * as forHono from 'latchkey/hono'
import * as forKoa from 'latchkey/koa'
import * as forNest from 'latchkey/nest'
import * as forNode from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'
import type { RunningApp } from 'latchkey/testing'
import { host } from './host.ts'

const makeAuth = (): SessionAuth =>
  createAuth({ secret: 'a secret of more than thirty-two bytes', store: memoryStore() })
const signIn = ({ password }: Record<string, unknown>): string | null =>
  password === 'open sesame' ? 'ada' : null
const JSON_BODY = { 'content-type': 'application/json' }
const LOGIN = { method: 'POST', headers: JSON_BODY, body: '{"password":"open sesame"}' }

/** Runs `use` with a function that sends each request on a new connection, then closes the app. */
async function withApp(
  app: RunningApp,
  use: (send: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
): Promise<void> {
  try {
    await use((path, init) =>
      fetch(app.origin + path, {
        ...init,
        headers: { connection: 'close', ...(init?.headers as Record<string, string>) },
      }),
    )
  } finally {
    await app.close()
  }
}

const bearerHeader = async (auth: SessionAuth): Promise<Record<string, string>> => ({
  authorization: `Bearer ${(await auth.signIn('ada')).accessToken}`,
})

test('all adapters export the same names', () => {
  const names = [
    'bodyOf',
    'getAuth',
    'guard',
    'routes',
    'sendRefusal',
    'sendTokens',
    'signIn',
    'viewOf',
  ]
  for (const adapter of [forExpress, forFastify, forFetch, forHono, forKoa, forNest, forNode])
    expect(Object.keys(adapter)).toEqual(expect.arrayContaining(names))
})

test('unknown requirements and options throw at start-up', () => {
  const auth = makeAuth()
  const misspelled = { fersh: true } as object
  for (const { guard } of [forExpress, forFastify, forHono, forKoa, forNest, forNode])
    expect(() => guard(auth, misspelled)).toThrow('unknown requirement "fersh"')
  expect(() => forFetch.guard(auth, () => new Response(), misspelled)).toThrow(
    'unknown requirement "fersh"',
  )
  for (const options of [
    { base: 'auth' },
    { base: '/auth/' },
    { signIn: 'ada' },
    { adress: () => '' },
    { address: '127.0.0.1' },
  ]) {
    const invalidOptions = options as object
    for (const { routes } of [forExpress, forFastify, forFetch, forHono, forKoa, forNest, forNode])
      expect(() => routes(auth, invalidOptions)).toThrow(`option "${Object.keys(options)[0]}"`)
  }
})

describe('Express', () => {
  test('a guard in front of the whole app refuses OPTIONS without a token', async () => {
    const app = express().use(
      forExpress.guard(makeAuth()),
      (_request, response) => void response.json({}),
    )
    await withApp(await host(createServer(app)), async (send) => {
      const preflight = {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
      }
      expect((await send('/', preflight)).status).toBe(401)
    })
  })

  test('waiting requests are all checked first, even with fake timers', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const auth = makeAuth()
    const headers = await bearerHeader(auth)
    const guard = forExpress.guard(auth)
    const passed: number[] = []
    const handled = Array.from(
      { length: 3 },
      (_, index) =>
        new Promise<void>((resolve) => {
          const request = {
            headers,
            rawHeaders: ['authorization', headers['authorization']],
          } as IncomingMessage
          guard(request, {} as ServerResponse, () => {
            passed.push(index)
            resolve()
          })
          expect(forExpress.getAuth(request).identity).toBe('ada')
        }),
    )
    expect(passed).toEqual([])
    await Promise.all(handled)
    expect(passed).toEqual([0, 1, 2])
  })

  test('a body read as text or bytes is parsed, a drained body is refused', async () => {
    for (const [parser, status] of [
      [express.text({ type: '*/*' }), 200],
      [express.raw({ type: '*/*' }), 200],
    ] as const) {
      const app = express().use(parser, forExpress.routes(makeAuth(), { signIn }))
      await withApp(await host(createServer(app)), async (send) =>
        expect((await send('/login', LOGIN)).status).toBe(status),
      )
    }
    const drained = express().use(
      (request, _response, next) => void request.resume().on('end', next),
      forExpress.routes(makeAuth(), { signIn }),
    )
    await withApp(await host(createServer(drained)), async (send) =>
      expect((await send('/login', LOGIN)).status).toBe(400),
    )
  })

  test('a form with a repeated field or an object: signIn gets them as parsed', async () => {
    const app = express().use(
      express.urlencoded({ extended: true }),
      forExpress.routes(makeAuth(), { signIn }),
    )
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const send = async (body: string): Promise<number> => {
      const { origin, close } = await host(createServer(app))
      const init = { method: 'POST', headers: { connection: 'close', ...headers }, body }
      const { status } = await fetch(`${origin}/login`, init)
      await close()
      return status
    }
    expect(await send('password=open+sesame&tag=a&tag=b&a[b]=1')).toBe(200)
    expect(await send('password=open+sesame&password=x')).toBe(401)
    expect(await send('password[x]=open+sesame')).toBe(401)
  })
})

describe('Fastify', () => {
  test('routes below a prefix, and a guard for one plugin only', async () => {
    const auth = makeAuth()
    const app = fastify()
    await app.register(forFastify.routes(auth, { signIn }), { prefix: '/auth' })
    await app.register(async (plugin) => {
      plugin.addHook('onRequest', forFastify.guard(auth))
      plugin.get('/inside', async (request) => forFastify.getAuth(request).identity)
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
    expect((await app.inject(form)).statusCode, 'a form, for which Fastify has no parser').toBe(200)
    expect(
      (await app.inject({ method: 'POST', url: '/data', payload: { a: 1 } })).json(),
      'the parsers of the app stay',
    ).toEqual({ a: 1 })
    expect((await app.inject('/outside')).body).toBe('open')
    expect((await app.inject('/inside')).statusCode).toBe(401)
    expect((await app.inject({ url: '/inside', headers: await bearerHeader(auth) })).body).toBe(
      'ada',
    )
    await app.close()
  })
})

describe('Hono', () => {
  test('a body that the app has read through Hono is read again', async () => {
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
    const response = await app.request('/', {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify({ access_token: accessToken }),
    })
    expect(await response.text()).toBe('ada')
  })
})

describe('Nest', () => {
  test('a global guard, and routes as middleware of a module', async () => {
    const auth = makeAuth()
    @Controller('me')
    class Me {
      @Get()
      greet(@forNest.CurrentAuth() { identity }: Authenticated): string {
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
    await withApp({ origin: await app.getUrl(), close: () => app.close() }, async (send) => {
      expect((await send('/me')).status).toBe(401)
      const { access_token } = (await (await send('/login', LOGIN)).json()) as {
        access_token: string
      }
      expect(
        await (await send('/me', { headers: { authorization: `Bearer ${access_token}` } })).text(),
      ).toBe('ada')
    })
  })
})

describe('Fetch', () => {
  test('further arguments of the runtime are passed to the handler', async () => {
    const auth = makeAuth()
    const handler = forFetch.guard(
      auth,
      async (request, { params }: { params: Promise<{ id: string }> }) =>
        Response.json([forFetch.getAuth(request).identity, (await params).id]),
    )
    const response = await handler(
      new Request('https://app.example/notes/7', { headers: await bearerHeader(auth) }),
      { params: Promise.resolve({ id: '7' }) },
    )
    expect(await response.json()).toEqual(['ada', '7'])
  })

  test('a body that has already been read is refused immediately', async () => {
    const handleRoutes = forFetch.routes(makeAuth(), { signIn })
    const request = new Request('https://app.example/login', LOGIN)
    await request.text()
    expect((await handleRoutes(request))?.status).toBe(400)
    expect((await handleRoutes(new Request('https://app.example/login', LOGIN)))?.status).toBe(200)
    expect(await handleRoutes(new Request('https://app.example/elsewhere'))).toBeNull()
  })
})

describe('client address', () => {
  const ADDRESS = '198.51.100.7'
  const address = (): string => ADDRESS
  const addressAfterLogin = async (
    start: (auth: SessionAuth) => Promise<RunningApp>,
  ): Promise<string | undefined> => {
    const auth = makeAuth()
    await withApp(await start(auth), async (send) =>
      expect((await send('/login', LOGIN)).status).toBe(200),
    )
    return (await auth.sessions('ada')).sessions[0]?.device.address
  }

  test('the option "address" sets it in every adapter', async () => {
    const addresses = await Promise.all([
      addressAfterLogin((auth) =>
        host(createServer(express().use(forExpress.routes(auth, { signIn, address })))),
      ),
      addressAfterLogin((auth) =>
        host(createServer(new Koa().use(forKoa.routes(auth, { signIn, address })).callback())),
      ),
      addressAfterLogin((auth) => {
        const handleRoutes = forNode.routes(auth, { signIn, address })
        return host(createServer((request, response) => void handleRoutes(request, response)))
      }),
      addressAfterLogin(async (auth) => {
        const app = fastify({ forceCloseConnections: true })
        await app.register(forFastify.routes(auth, { signIn, address }))
        return {
          origin: await app.listen({ port: 0, host: '127.0.0.1' }),
          close: () => app.close(),
        }
      }),
    ])
    expect(addresses).toEqual([ADDRESS, ADDRESS, ADDRESS, ADDRESS])
    const [honoAuth, fetchAuth] = [makeAuth(), makeAuth()]
    await new Hono().use(forHono.routes(honoAuth, { signIn, address })).request('/login', LOGIN)
    await forFetch.routes(fetchAuth, { signIn, address })(
      new Request('https://app.example/login', LOGIN),
    )
    for (const auth of [honoAuth, fetchAuth])
      expect((await auth.sessions('ada')).sessions[0]?.device.address).toBe(ADDRESS)
  })

  test('without the option, the trusted proxy setting of Express sets it', async () => {
    const app = (auth: SessionAuth) =>
      express().set('trust proxy', 1).use(forExpress.routes(auth, { signIn }))
    const auth = makeAuth()
    await withApp(await host(createServer(app(auth))), async (send) => {
      await send('/login', { ...LOGIN, headers: { ...JSON_BODY, 'x-forwarded-for': ADDRESS } })
    })
    expect((await auth.sessions('ada')).sessions[0]?.device.address).toBe(ADDRESS)
  })
})
