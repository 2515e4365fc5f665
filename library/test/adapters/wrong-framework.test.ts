/** Mistakes in wiring: the error names what was written, and what belongs there. */
import 'reflect-metadata'
import { createServer, type RequestListener } from 'node:http'
import { Controller, Get, Module, UseGuards, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express, { type ErrorRequestHandler } from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuth, type Requirement } from 'latchkey'
import * as forExpress from 'latchkey/express'
import * as forFastify from 'latchkey/fastify'
import * as forFetch from 'latchkey/fetch'
import * as forHono from 'latchkey/hono'
import * as forKoa from 'latchkey/koa'
import * as forNest from 'latchkey/nest'
import * as forNode from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'
import { host } from './host.ts'

const auth = createAuth({ secret: 'a secret of more than thirty-two bytes', store: memoryStore() })

const GUARDS: Record<string, unknown> = {
  express: forExpress.guard(auth),
  fastify: forFastify.guard(auth),
  fetch: forFetch.guard(auth, () => new Response()),
  hono: forHono.guard(auth),
  koa: forKoa.guard(auth),
  nest: forNest.guard(auth),
  node: forNode.guard(auth),
}
const ROUTES: Record<string, unknown> = {
  express: forExpress.routes(auth),
  fetch: forFetch.routes(auth),
  hono: forHono.routes(auth),
  koa: forKoa.routes(auth),
  node: forNode.routes(auth),
}

/** What its author reads if a framework is given this middleware; the guard in the request. */
const FRAMEWORKS: Record<string, (middleware: never) => Promise<string>> = {
  express: (middleware) =>
    new Promise((resolve) => {
      const app = express()
      const handle: ErrorRequestHandler = (error: Error, _request, response, _next) => {
        response.end()
        resolve(error.message)
      }
      app.use(middleware, handle)
      void ask(app as RequestListener)
    }),
  fastify: async (middleware) => {
    const app = fastify()
    app.get('/', { onRequest: middleware }, async () => 'never')
    const { message } = (await app.inject('/')).json<{ message: string }>()
    await app.close()
    return message
  },
  hono: async (middleware) => {
    let message = ''
    const app = new Hono().use(middleware)
    app.onError((error, context) => {
      message = error.message
      return context.body(null, 500)
    })
    await app.request('/')
    return message
  },
  koa: (middleware) =>
    new Promise((resolve) => {
      const app = new Koa().use(middleware)
      app.on('error', (error: Error) => resolve(error.message))
      void ask(app.callback())
    }),
  node: async (middleware) => {
    let message = ''
    await ask(async (request, response) => {
      const listener = middleware as (...parts: unknown[]) => unknown
      try {
        await listener(request, response)
      } catch (error) {
        message = (error as Error).message
      }
      response.end()
    })
    return message
  },
}

async function ask(listener: RequestListener): Promise<void> {
  const { origin, close } = await host(createServer(listener))
  onTestFinished(() => void close())
  await fetch(origin, { headers: { connection: 'close' } })
}

describe.each(Object.entries(FRAMEWORKS))('%s', (framework, ask) => {
  test('the guard of another adapter: the error says what to import', async () => {
    for (const [adapter, guard] of Object.entries(GUARDS)) {
      if (adapter === framework) continue
      const message = await ask(guard as never)
      expect(message).toContain(
        `latchkey/${adapter} was called with a request of another framework`,
      )
      expect(message).toContain(`import guard and routes from latchkey/${framework}`)
    }
  })

  test('the routes of another adapter: the error says what to import', async () => {
    for (const [adapter, routes] of Object.entries(ROUTES)) {
      if (adapter === framework) continue
      const message = await ask(routes as never)
      expect(message, adapter).toContain(`import guard and routes from latchkey/${framework}`)
    }
  })

  test('guard or routes that were not called: the error says how to write them', async () => {
    const adapters: Record<string, { guard: unknown; routes: unknown }> = {
      express: forExpress,
      fastify: forFastify,
      hono: forHono,
      koa: forKoa,
      node: forNode,
    }
    const { guard, routes } = adapters[framework]!
    expect(await ask(guard as never)).toMatch(/what a framework passes.*: write guard\(auth\)/)
    expect(await ask(routes as never)).toMatch(/what a framework passes.*: write routes\(auth\)/)
  })
})

test('Fastify: the guard, or routes, as what they are not', async () => {
  const app = fastify()
  app.register(forFastify.guard(auth) as never)
  await expect(app.ready()).rejects.toThrow('guard(auth) is a hook for Fastify')
  const other = fastify()
  other.register(forExpress.routes(auth) as never)
  await expect(other.ready()).rejects.toThrow('latchkey/express')
})

test.each(['express', 'koa', 'node'])('Nest: the guard of %s is named at start', async (name) => {
  const start = async (): Promise<unknown> => {
    @Controller()
    @UseGuards(GUARDS[name] as Type)
    class Wrong {
      @Get()
      get(): string {
        return 'never'
      }
    }
    @Module({ controllers: [Wrong] })
    class App {}
    return NestFactory.create(App, { logger: false, abortOnError: false }).then((app) => app.init())
  }
  await expect(start()).rejects.toThrow(`latchkey/${name} was called in a way`)
})

test('something else than what createAuth returned: named at start', () => {
  const adapters = [forExpress, forFastify, forHono, forKoa, forNest, forNode]
  for (const { guard } of adapters) {
    expect(() => guard(undefined as never)).toThrow('createAuth returned, not undefined')
    expect(() => guard(Promise.resolve(auth) as never)).toThrow('await it first')
    expect(() => guard(createAuth as never)).toThrow('createAuth returned, not a function')
    expect(() => guard(auth, 'admin' as Requirement)).toThrow('not a string')
    expect(() => guard(auth, (() => {}) as Requirement)).toThrow('not a function')
  }
  expect(() => forFetch.guard(auth, undefined as never)).toThrow('guard(auth, handler)')
  for (const { routes } of [...adapters, forFetch])
    expect(() => routes(undefined as never)).toThrow('routes(auth) needs the object')
})
