/**
 * Types of identity, claims and user, from the options into `getAuth`. Checked by `tsc`, never run.
 */
import type { IncomingMessage } from 'node:http'
import express from 'express'
import type { FastifyRequest } from 'fastify'
import { Hono } from 'hono'
import {
  createAuth,
  type Anonymous,
  type Auth,
  type AuthenticatedBy,
  type Claims,
  type SessionAuth,
  type TokenAuth,
} from 'latchkey'
import { getAuth as fromExpress, guard as expressGuard } from 'latchkey/express'
import { getAuth as fromFastify } from 'latchkey/fastify'
import { getAuth as fromFetch, guard as fetchGuard } from 'latchkey/fetch'
import { getAuth as fromHono, guard as honoGuard } from 'latchkey/hono'
import { getAuth as fromKoa, type KoaContext } from 'latchkey/koa'
import { getAuth as fromNode } from 'latchkey/node'
import { remoteKeys } from 'latchkey/remote-keys'
import { memoryStore } from 'latchkey/stores/memory'
import { expectType } from './expect-type.ts'

interface Person {
  id: string
  role: 'admin' | 'member'
}
const secret = 'x'.repeat(32)
const find = async (_id: string): Promise<Person | null> => null

const auth = createAuth({
  secret,
  store: memoryStore(),
  claims: async (identity) => ({ role: String(identity), level: 1 }),
  lookupUser: ({ claims }) => find(claims.sub),
})
type Custom = { role: string; level: number }
expectType<SessionAuth<Custom, Person>>()(auth)

// Without the callbacks: no user, and only the claims of Latchkey.
const plain = createAuth({ secret })
expectType<TokenAuth<unknown, undefined, string, string, Awaited<DecodedOf>>>()(plain)
type DecodedOf = ReturnType<typeof plain.decodeToken>

// What `identity` takes is what createAccessToken takes.
const direct = createAuth({ secret, identity: ({ id }: Person) => id })
const person: Person = { id: 'ada', role: 'admin' }
expectType<string>()(direct.createAccessToken(person))
// @ts-expect-error not a person
direct.createAccessToken('ada')
// A callback that may return a promise makes it return one.
const waiting = createAuth({ secret, claims: async () => ({ role: 'member' }) })
expectType<string | Promise<string>>()(waiting.createAccessToken('ada'))

// Tokens of other issuers may lack the claims of this service.
const open = createAuth({
  secret,
  claims: () => ({ role: 'member' }),
  issuers: [{ issuer: 'a', audience: 'b', keys: remoteKeys('https://id.example/jwks.json') }],
})
expectType<Claims & { role?: string }>()({} as AuthenticatedBy<typeof open>['claims'])

// Express, Koa, Fastify and Node: by the type of the auth object.
const app = express()
app.get('/me', expressGuard(auth), (request, response) => {
  const { identity, claims, user } = fromExpress<typeof auth>(request)
  expectType<string>()(identity)
  expectType<string>()(claims.role)
  expectType<number>()(claims.level)
  expectType<unknown>()(claims.other)
  expectType<Person>()(user)
  expectType<unknown>()(fromExpress(request).user)
  response.json({ identity })
})
expectType<Person>()(fromFastify<typeof auth>({} as FastifyRequest).user)
expectType<Person>()(fromKoa<typeof auth>({} as KoaContext).user)
expectType<Person>()(fromNode<typeof auth>({} as IncomingMessage).user)
expectType<undefined>()(fromNode<typeof plain>({} as IncomingMessage).user)
expectType<Custom['role']>()(fromNode<Auth<Custom, Person>>({} as IncomingMessage).claims.role)

// Hono and Fetch handlers: from the guard.
new Hono()
  .get('/me', honoGuard(auth), (context) => {
    const { claims, user } = fromHono(context)
    expectType<string>()(claims.role)
    expectType<Person>()(user)
    return context.text(user.role)
  })
  .get('/any', (context) => context.text(fromHono<typeof auth>(context).user.role))
  .get('/plain', (context) => context.text(fromHono(context).identity))
void fetchGuard(auth, (request) => {
  expectType<Person>()(fromFetch(request).user)
  return Response.json(fromFetch(request).claims.level)
})
void fetchGuard(auth, (request: Request, context: { params: Promise<{ id: string }> }) => {
  expectType<Promise<{ id: string }>>()(context.params)
  return Response.json(fromFetch<typeof auth>(request).user.role)
})

// Behind an optional guard, claims and user can be read without a test.
const visitor = fromExpress<typeof auth>({} as IncomingMessage, { optional: true })
expectType<AuthenticatedBy<typeof auth> | Anonymous>()(visitor)
expectType<string | undefined>()(visitor.claims?.role)
expectType<Person | undefined>()(visitor.user)
if (visitor.identity !== null) expectType<Person>()(visitor.user)
// @ts-expect-error it may be undefined
void visitor.claims.role
new Hono().get('/', honoGuard(auth, { optional: true }), (context) => {
  const visitor = fromHono(context, { optional: true })
  expectType<Person | undefined>()(visitor.user)
  return context.text(visitor.user?.role ?? 'nobody')
})
