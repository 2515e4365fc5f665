/** Where `routes` answers, by what the router of each framework lets an application say. */
import { createServer, type RequestListener } from 'node:http'
import {
  Module,
  type INestApplication,
  type MiddlewareConsumer,
  type NestModule,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import { fastify, type FastifyServerOptions } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuth } from 'latchkey'
import * as forExpress from 'latchkey/express'
import * as forFastify from 'latchkey/fastify'
import * as forFetch from 'latchkey/fetch'
import * as forHono from 'latchkey/hono'
import * as forKoa from 'latchkey/koa'
import * as forNest from 'latchkey/nest'
import { memoryStore } from 'latchkey/stores/memory'
import { host } from './host.ts'

const auth = createAuth({ secret: 'a secret of more than thirty-two bytes', store: memoryStore() })
const options = { signIn: () => 'ada' }
const withBase = { ...options, base: '/auth' }
const LOGIN = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }

/** The statuses of `POST` to these paths: 200, or 404 where nothing is. */
async function statuses(origin: string, paths: readonly string[]): Promise<number[]> {
  const list: number[] = []
  for (const path of paths) {
    const headers = { ...LOGIN.headers, connection: 'close' }
    list.push((await fetch(origin + path, { ...LOGIN, headers })).status)
  }
  return list
}

async function onServer(listener: RequestListener, paths: readonly string[]): Promise<number[]> {
  const { origin, close } = await host(createServer(listener))
  onTestFinished(() => void close())
  return statuses(origin, paths)
}

describe('Express', () => {
  const ask = (app: express.Express, ...paths: string[]) => onServer(app as RequestListener, paths)

  test('capitals count as the application has set', async () => {
    const app = express().use(forExpress.routes(auth, options))
    expect(await ask(app, '/Login', '/LOGIN/')).toEqual([200, 200])
    const strict = express().set('case sensitive routing', true)
    strict.use(forExpress.routes(auth, options))
    expect(await ask(strict, '/login', '/Login')).toEqual([200, 404])
  })

  test('mounted at a path, in a router, or in a sub-application', async () => {
    const handler = forExpress.routes(auth, options)
    const paths = ['/auth/login', '/auth/login/', '/login', '/auth', '/auth/auth/login']
    const expected = [200, 200, 404, 404, 404]
    expect(await ask(express().use('/auth', handler), ...paths)).toEqual(expected)
    const router = express.Router().use('/auth', handler)
    expect(await ask(express().use(router), ...paths)).toEqual(expected)
    const inner = express().use(handler)
    expect(await ask(express().use('/auth', inner), ...paths)).toEqual(expected)
    const tenant = express().use('/:tenant', handler)
    expect(await ask(tenant, '/acme/login', '/login')).toEqual([200, 404])
  })

  test('a base that repeats the path of the mount', async () => {
    const app = express().use('/auth', forExpress.routes(auth, withBase))
    expect(await ask(app, '/auth/login', '/login')).toEqual([200, 404])
  })
})

test('Koa: below a middleware that shortens the path, as koa-mount does', async () => {
  const mountAt =
    (prefix: string, middleware: Koa.Middleware): Koa.Middleware =>
    (context, next) => {
      if (!context.path.startsWith(`${prefix}/`)) return next()
      context.path = context.path.slice(prefix.length)
      return middleware(context, next)
    }
  const paths = ['/auth/login', '/auth/login/', '/login', '/auth/auth/login']
  const app = new Koa().use(mountAt('/auth', forKoa.routes(auth, options)))
  expect(await onServer(app.callback(), paths)).toEqual([200, 200, 404, 404])
  const repeated = new Koa().use(mountAt('/auth', forKoa.routes(auth, withBase)))
  expect(await onServer(repeated.callback(), paths)).toEqual([200, 200, 404, 200])
})

describe('Fastify', () => {
  const ask = async (
    settings: FastifyServerOptions,
    registration: { prefix?: string },
    paths: string[],
    routesOptions: object = options,
  ): Promise<number[]> => {
    const app = fastify(settings)
    await app.register(forFastify.routes(auth, routesOptions), registration)
    const responses = paths.map((url) => app.inject({ method: 'POST', url, payload: {} }))
    const list = (await Promise.all(responses)).map(({ statusCode }) => statusCode)
    await app.close()
    return list
  }

  test('prefixes, with parameters and with a base that repeats them', async () => {
    expect(await ask({}, { prefix: '/auth' }, ['/auth/login', '/auth/login/', '/login'])).toEqual([
      200, 200, 404,
    ])
    expect(await ask({}, { prefix: '/:id' }, ['/acme/login', '/login'])).toEqual([200, 404])
    const paths = ['/auth/login', '/auth/auth/login', '/login']
    expect(await ask({}, { prefix: '/auth' }, paths, withBase)).toEqual([200, 200, 404])
  })

  test('the settings of its router', async () => {
    const slash = { routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true } }
    expect(await ask(slash, {}, ['/login/', '/login', '//login'])).toEqual([200, 200, 200])
    const capitals = { routerOptions: { caseSensitive: false } }
    expect(await ask(capitals, {}, ['/Login'])).toEqual([200])
    expect(await ask({}, {}, ['/Login'])).toEqual([404])
  })

  test('the session id of a path below a parameter keeps its capitals', async () => {
    const app = fastify({ routerOptions: { caseSensitive: false } })
    await app.register(forFastify.routes(auth, options), { prefix: '/:id' })
    const { accessToken, sessionId } = await auth.signIn('ada')
    const { statusCode } = await app.inject({
      method: 'DELETE',
      url: `/acme/Sessions/${sessionId}`,
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect(statusCode).toBe(204)
    await app.close()
  })
})

describe('Hono', () => {
  const ask = async (app: Hono, ...paths: string[]): Promise<number[]> =>
    Promise.all(paths.map(async (path) => (await app.request(path, LOGIN)).status))
  const handler = forHono.routes(auth, options)

  test('basePath, a path of use, a sub-application and mount', async () => {
    const expected = [200, 200, 404, 404]
    const paths = ['/auth/login', '/auth/login/', '/login', '/auth/auth/login']
    for (const app of [
      new Hono().basePath('/auth').use(handler),
      new Hono().use('/auth/*', handler),
      new Hono().route('/auth', new Hono().use(handler)),
      new Hono().mount('/auth', new Hono().use(handler).fetch),
      new Hono().use(forHono.routes(auth, withBase)),
    ])
      expect(await ask(app, ...paths)).toEqual(expected)
    expect(
      await ask(new Hono().use('/auth/*', forHono.routes(auth, withBase)), '/auth/login'),
    ).toEqual([200])
  })

  test('parameters', async () => {
    const tenant = new Hono().use('/:tenant/*', handler)
    expect(await ask(tenant, '/acme/login', '/login')).toEqual([200, 404])
    const optional = new Hono().use('/:locale?/*', handler)
    expect(await ask(optional, '/de/login', '/login')).toEqual([200, 200])
  })
})

test('Fetch: the basePath of Next.js may be left out of base', async () => {
  const handle = forFetch.routes(auth, withBase)
  const status = async (path: string, basePath?: string): Promise<number | undefined> => {
    const request = new Request(`https://app.example${path}`, LOGIN)
    return (await handle(Object.assign(request, basePath && { nextUrl: { basePath } })))?.status
  }
  expect(await status('/auth/login/')).toBe(200)
  expect(await status('/docs/auth/login', '/docs')).toBe(200)
  expect(await status('/auth/login', '/docs')).toBe(200)
  expect(await status('/docs/auth/login')).toBeUndefined()
})

describe('Nest', () => {
  const start = async (module: Type, use: (app: INestApplication) => void, onFastify = false) => {
    const settings = { logger: false, forceCloseConnections: true } as const
    const app = onFastify
      ? await NestFactory.create(module, new FastifyAdapter(), settings)
      : await NestFactory.create(module, settings)
    use(app)
    await app.listen(0, '127.0.0.1')
    onTestFinished(() => app.close())
    return app.getUrl()
  }
  @Module({})
  class Empty {}

  test.each([false, true])('mounted at a path, with and without base (Fastify: %s)', async (on) => {
    const mounted = (app: INestApplication) => app.use('/auth', forNest.routes(auth, options))
    const paths = ['/auth/login', '/auth/login/', '/login']
    expect(await statuses(await start(Empty, mounted, on), paths)).toEqual([200, 200, 404])
    const repeated = (app: INestApplication) => app.use('/auth', forNest.routes(auth, withBase))
    expect(await statuses(await start(Empty, repeated, on), paths)).toEqual([200, 200, 404])
    const alone = (app: INestApplication) => app.use(forNest.routes(auth, withBase))
    expect(await statuses(await start(Empty, alone, on), paths)).toEqual([200, 200, 404])
  })

  test('as middleware of a module, below a global prefix', async () => {
    @Module({})
    class WithRoutes implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        const routes = forNest.routes(auth, { ...options, base: '/api/auth' })
        consumer.apply(routes).forRoutes('auth/{*path}')
      }
    }
    const url = await start(WithRoutes, (app) => void app.setGlobalPrefix('api'))
    expect(await statuses(url, ['/api/auth/login', '/auth/login'])).toEqual([200, 404])
  })
})
