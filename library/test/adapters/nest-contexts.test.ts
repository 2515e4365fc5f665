/**
 * The guard of Nest in resolvers and message handlers. `ExternalContextCreator` is what
 * `@nestjs/graphql` and others run them with.
 */
import 'reflect-metadata'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import {
  Controller,
  HttpException,
  Injectable,
  Module,
  Post,
  Req,
  Res,
  UseGuards,
  type ExecutionContext,
} from '@nestjs/common'
import { ExternalContextCreator, NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuth, type Anonymous, type Authenticated } from 'latchkey'
import {
  bodyOf,
  CurrentAuth,
  guard,
  sendRefusal,
  sendTokens,
  viewOf,
  type MessageHeaders,
  type NestRequest,
  type NestResponse,
} from 'latchkey/nest'
import { memoryStore } from 'latchkey/stores/memory'

const auth = createAuth({ secret: 'a secret of more than thirty-two bytes', store: memoryStore() })

const messages = new WeakMap<object, MessageHeaders>()
/** The token of a message: the same object for the guard and for `CurrentAuth`. */
function getRequest(context: ExecutionContext): MessageHeaders {
  const message = context.switchToRpc().getData<{ token: string }>()
  const made = messages.get(message) ?? { headers: { authorization: `Bearer ${message.token}` } }
  messages.set(message, made)
  return made
}

@Injectable()
class MessageGuard extends guard(auth) {
  override getRequest(context: ExecutionContext): MessageHeaders {
    return getRequest(context)
  }
}

@Injectable()
class Handlers {
  @UseGuards(guard(auth))
  query(@CurrentAuth() { identity }: Authenticated): string {
    return identity
  }
  @UseGuards(guard(auth, { optional: true }))
  open(@CurrentAuth({ optional: true }) { identity }: Authenticated | Anonymous): string | null {
    return identity
  }
  @UseGuards(guard(auth, {}, { getRequest }))
  message(@CurrentAuth({ getRequest }) { identity }: Authenticated): string {
    return identity
  }
  @UseGuards(MessageGuard)
  extended(@CurrentAuth({ getRequest }) { identity }: Authenticated): string {
    return identity
  }
}

@Module({ providers: [Handlers] })
class App {}

let app: Awaited<ReturnType<typeof NestFactory.createApplicationContext>>
beforeAll(
  async () => void (app = await NestFactory.createApplicationContext(App, { logger: false })),
)
afterAll(() => app.close())

/** Runs a handler as a driver does: with its type of context, and with its arguments. */
async function run(name: keyof Handlers, type: string, ...parts: unknown[]): Promise<unknown> {
  const instance = app.get(Handlers)
  const handler = app
    .get(ExternalContextCreator)
    .create(
      instance,
      instance[name] as (...parts: unknown[]) => unknown,
      name,
      '__routeArguments__',
      { exchangeKeyForValue: () => null },
      undefined,
      undefined,
      { guards: true, interceptors: false, filters: false },
      type as never,
    ) as (...parts: unknown[]) => Promise<unknown>
  return handler(...parts)
}

const requestWith = (headers: Record<string, string>): NestRequest =>
  Object.assign(new IncomingMessage(new Socket()), { method: 'POST', url: '/graphql', headers })
const bearer = async () => ({
  authorization: `Bearer ${(await auth.signIn('ada')).accessToken}`,
})

describe('GraphQL', () => {
  test.each<[driver: string, context: (request: NestRequest) => object]>([
    ['Apollo', (req) => ({ req })],
    ['a context with request', (request) => ({ request })],
    ['Mercurius', (request) => ({ reply: { request } })],
    [
      'Apollo on Fastify',
      (req) => ({ req: { raw: req, headers: (req as IncomingMessage).headers } }),
    ],
  ])('%s: a query with a token is answered, one without is refused', async (_driver, make) => {
    const query = async (headers: Record<string, string>) =>
      run('query', 'graphql', {}, {}, make(requestWith(headers)), {})
    expect(await query(await bearer())).toBe('ada')
    const refused = (await query({}).catch((error: unknown) => error)) as HttpException
    expect(refused).toBeInstanceOf(HttpException)
    expect([refused.getStatus(), refused.getResponse()]).toEqual([
      401,
      expect.objectContaining({ statusCode: 401, error: 'token_missing' }),
    ])
  })

  test('requirement "optional": a query without a token is answered', async () => {
    expect(await run('open', 'graphql', {}, {}, { req: requestWith({}) }, {})).toBeNull()
  })

  test('a subscription over a WebSocket: cookies from another site are refused', async () => {
    const { accessToken } = await auth.signIn('ada')
    const subscribe = async (origin: string) => {
      const request = requestWith({
        upgrade: 'websocket',
        host: 'app.example',
        cookie: `__Host-latchkey-access=${accessToken}`,
        origin,
      })
      return run('query', 'graphql', {}, {}, { req: Object.assign(request, { method: 'GET' }) }, {})
    }
    expect(await subscribe('https://app.example')).toBe('ada')
    await expect(subscribe('https://evil.example')).rejects.toMatchObject({ status: 403 })
  })

  test('a context without a request: the error names getRequest', async () => {
    await expect(run('query', 'graphql', {}, {}, {}, {})).rejects.toThrow('getRequest')
    await expect(run('query', 'graphql')).rejects.toThrow('getRequest')
  })
})

describe('other contexts', () => {
  test('without getRequest: the error says what to pass', async () => {
    await expect(run('query', 'ws', {}, {})).rejects.toThrow(
      'no HTTP request in this context of type "ws": pass getRequest, as in guard(auth, {}, ',
    )
  })

  test.each(['message', 'extended'] as const)('%s: getRequest finds the token', async (name) => {
    const { accessToken } = await auth.signIn('ada')
    expect(await run(name, 'rpc', { token: accessToken }, {})).toBe('ada')
    await expect(run(name, 'rpc', { token: 'x' }, {})).rejects.toMatchObject({ status: 401 })
  })
})

test('on Fastify: bodyOf, viewOf, sendTokens and sendRefusal take its objects', async () => {
  @Controller()
  class SignIn {
    @Post('own')
    async signIn(@Req() request: NestRequest, @Res() reply: NestResponse): Promise<void> {
      const body = await bodyOf(request)
      if (!body.ok || viewOf(request).path !== '/own')
        return sendRefusal(reply, { code: 'own', status: 418, message: 'no' })
      sendTokens(auth, reply, await auth.signIn(String(body.value.name)), 'cookie')
    }
  }
  @Module({ controllers: [SignIn] })
  class OnFastify {}
  const settings = { logger: false } as const
  const fastifyApp = await NestFactory.create(OnFastify, new FastifyAdapter(), settings)
  fastifyApp.enableCors({ origin: 'https://app.example', credentials: true })
  await fastifyApp.listen(0, '127.0.0.1')
  const post = async (body: string) =>
    fetch(`${await fastifyApp.getUrl()}/own`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://app.example' },
      body,
    })
  const signedIn = await post('{"name":"ada"}')
  expect([signedIn.status, signedIn.headers.getSetCookie().length]).toEqual([200, 3])
  expect(signedIn.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect((await post('[]')).status).toBe(418)
  await fastifyApp.close()
})
