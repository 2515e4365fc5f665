/**
 * The requests of `requests.ts`, sent over a socket to an app of each adapter, get the response
 * that `differential.test.ts` compares with that of Flask-JWT-Extended.
 */
import 'reflect-metadata'
import { once } from 'node:events'
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { All, Controller, HttpCode, Module, Req, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { createAuth, type Authenticated, type Requirement } from 'latchkey'
import * as forExpress from 'latchkey/express'
import * as forFastify from 'latchkey/fastify'
import * as forFetch from 'latchkey/fetch'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import * as forHono from 'latchkey/hono'
import * as forKoa from 'latchkey/koa'
import * as forNest from 'latchkey/nest'
import * as forNode from 'latchkey/node'
import { askLatchkey, REQUIREMENTS, type JsonResponse } from './ask-latchkey.ts'
import type { Case } from './python.ts'
import { requestTable } from './requests.ts'
import { SECRET } from './tokens.ts'

const NOW = Math.floor(Date.now() / 1000)
type Auth = Parameters<typeof forExpress.guard>[0]

const seen = (sender: unknown): object => {
  const { identity, claims = {}, header = {}, location = null } = sender as Partial<Authenticated>
  return { identity, claims, header, location }
}
const OPTIONAL = { optional: true } as const

/** An app with one route, behind a guard. */
const APPS: Record<string, (auth: Auth, requirement: Requirement) => Promise<RequestListener>> = {
  Express: async (auth, requirement) =>
    express().use(forExpress.guard(auth, requirement), (request, response) => {
      response.json(seen(forExpress.getAuth(request, OPTIONAL)))
    }) as RequestListener,
  Fastify: async (auth, requirement) => {
    const app = fastify()
    // Fastify parses JSON alone; docs/frameworks.md says what to register.
    const accept = (type: string | RegExp) =>
      app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      )
    accept('application/x-www-form-urlencoded')
    accept(/^application\/.+\+json/)
    const url = '*'
    const onRequest = forFastify.guard(auth, requirement)
    app.all(url, { onRequest }, async (request) => seen(forFastify.getAuth(request, OPTIONAL)))
    await app.ready()
    return app.routing
  },
  Hono: async (auth, requirement) => {
    const app = new Hono().use(forHono.guard(auth, requirement), (context) =>
      Promise.resolve(context.json(seen(forHono.getAuth(context, OPTIONAL)))),
    )
    return getRequestListener(app.fetch)
  },
  Koa: async (auth, requirement) =>
    new Koa()
      .use(forKoa.guard(auth, requirement))
      .use((context) => void (context.body = seen(forKoa.getAuth(context, OPTIONAL))))
      .callback(),
  Fetch: async (auth, requirement) =>
    getRequestListener(
      forFetch.guard(
        auth,
        (request) => Response.json(seen(forFetch.getAuth(request, OPTIONAL))),
        requirement,
      ),
    ),
  Nest: async (auth, requirement) => {
    @Controller()
    class Routes {
      @All()
      @HttpCode(200)
      @UseGuards(forNest.guard(auth, requirement))
      read(@Req() request: forNest.NestRequest): object {
        return seen(forNest.getAuth(request, OPTIONAL))
      }
    }
    @Module({ controllers: [Routes] })
    class App {}
    const app = await NestFactory.create(App, { logger: false, bodyParser: false })
    await app.init()
    return app.getHttpAdapter().getInstance() as RequestListener
  },
  Node: async (auth, requirement) => async (request, response) => {
    if (!(await forNode.guard(auth, requirement)(request, response))) return
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(seen(forNode.getAuth(request, OPTIONAL))))
  },
}

async function ask(port: number, { method = 'GET', query = '', headers = {}, body }: Case) {
  const clientRequest = send({
    port,
    method,
    path: `/?${query}`,
    headers: {
      ...headers,
      ...(body !== undefined && { 'content-length': `${Buffer.byteLength(body)}` }),
    },
    agent: false,
  })
  clientRequest.end(body)
  const [response] = (await once(clientRequest, 'response')) as [IncomingMessage]
  const text = (await response.toArray()).join('')
  return { status: response.statusCode, body: text === '' ? null : (JSON.parse(text) as unknown) }
}

/** A `Request` with the method GET has no body. */
const isSent = (adapter: string, { method = 'GET', body }: Case): boolean =>
  method !== 'GET' || body === undefined || !['Hono', 'Fetch'].includes(adapter)

describe.each(Object.entries(APPS))('%s', (adapter, makeApp) => {
  test('requests of every shape get the same response', async () => {
    let listener: RequestListener = () => {}
    const server = createServer((request, response) => listener(request, response))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const differences: unknown[] = []
    let compared = 0
    for (const { config, callbacks, cases } of requestTable(NOW)) {
      if (callbacks) continue
      const auth = createAuth(fromFlask({ JWT_SECRET_KEY: SECRET, ...(config as FlaskConfig) }))
      const listeners = new Map<string, RequestListener>()
      for (const requested of cases.filter((one) => isSent(adapter, one))) {
        const { path = '/plain', method = 'GET' } = requested
        if (!listeners.has(path)) listeners.set(path, await makeApp(auth, REQUIREMENTS[path]!))
        listener = listeners.get(path)!
        const theirs: JsonResponse = await askLatchkey(config, requested)
        const ours = await ask(port, requested)
        compared++
        if (method === 'HEAD') theirs.body = null
        if (JSON.stringify(ours) !== JSON.stringify(theirs))
          differences.push({ config, requested, ours, theirs })
      }
    }
    server.close()
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(300)
  })
})
