/**
 * The client in a simulated page, with a server that accepts every sign-in: state, events and the
 * session cookie.
 */
import { afterEach, expect, test, vi } from 'vitest'
import { createClient, Replaced, SignedOut } from '../../src/client/index.ts'
import type { Client, ClientEvent, State } from '../../src/client/index.ts'
import { parseSessionCookie } from '../../src/client/internal/session-cookie.ts'
import { FakePage } from './fake-page.ts'

interface Setup {
  page: FakePage
  client: Client
  events: Array<[State, ClientEvent]>
  types: () => string[]
}

async function setUp(): Promise<Setup> {
  const page = new FakePage()
  const client = createClient()
  const events: Array<[State, ClientEvent]> = []
  client.subscribe((...event) => events.push(event))
  await client.ready
  return { page, client, events, types: () => events.map(([, { type }]) => type) }
}

/** Runs everything that is ready to run. */
const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * The client recognises new tokens by the millisecond in which they came, and a test can be faster.
 */
async function nextMillisecond(): Promise<void> {
  const start = Date.now()
  while (Date.now() === start) await flush()
}

afterEach(() => vi.unstubAllGlobals())

test('session cookie: the name with __Host- comes first, and other values are ignored', () => {
  const parse = (cookies: string) => parseSessionCookie('latchkey', cookies, false)
  expect(parse('a=b; latchkey-session=x.1; __Host-latchkey-session=y-_.22')).toEqual({
    sessionId: 'y-_',
    generation: 22,
  })
  expect(parse('latchkey-session=x.1')).toEqual({ sessionId: 'x', generation: 1 })
  expect(parse('__Host-latchkey-session=x.1; other=2')).toEqual({ sessionId: 'x', generation: 1 })
  for (const invalid of [
    '',
    'latchkey-session=',
    'latchkey-session=x',
    'latchkey-session=x.y',
    'my-latchkey-session=x.1',
    '\u{a0}__Host-latchkey-session=x.1',
    'latchkey-session=<b>.1',
  ]) {
    expect(parse(invalid).sessionId, invalid).toBeUndefined()
  }
})

test('session cookie: on https, a name without prefix is ignored', () => {
  expect(parseSessionCookie('latchkey', 'latchkey-session=x.1', true).sessionId).toBeUndefined()
  const both = 'latchkey-session=x.1; __Host-latchkey-session=y.2'
  expect(parseSessionCookie('latchkey', both, true)).toEqual({ sessionId: 'y', generation: 2 })
})

test('session cookie: one of a domain has another prefix, and of several the last counts', () => {
  const parse = (cookies: string) => parseSessionCookie('shop', cookies, true).sessionId
  expect(parse('__Secure-shop-session=x.1; __Secure-latchkey-session=y.1')).toBe('x')
  expect(parse('__Secure-shop-session=x.1; a=b; __Secure-shop-session=y.1; c=d')).toBe('y')
  expect(parse('__Host-shop-session=x.1; __Secure-shop-session=y.1')).toBe('x')
})

test('sign-in, renewal, replacement and sign-out: state, events and pending calls', async () => {
  const { page, client, events, types } = await setUp()
  await client.signIn({ name: 'ann' })
  const { promise, resolve } = Promise.withResolvers<void>()
  page.slow = promise
  const underAnn = client.fetch('/slow')
  page.generation = 1
  await client.renew()
  expect(client.state).toMatchObject({ status: 'signed-in', sessionId: 'ann', generation: 1 })
  await client.signIn({ name: 'bob' })
  resolve()
  await expect(underAnn).rejects.toBeInstanceOf(Replaced)
  page.refresh = () => new Promise(() => {})
  const renewal = client.renew()
  await flush()
  await client.signOut()
  await expect(renewal).rejects.toBeInstanceOf(SignedOut)
  await expect(renewal).rejects.toMatchObject({ name: 'SignedOut', reason: 'session_signed_out' })
  expect(types()).toEqual(['signed-out', 'signed-in', 'renewed', 'replaced', 'signed-out'])
  expect(events.at(-1)?.[1]).toMatchObject({
    by: 'this tab',
    why: 'asked',
    reason: 'session_signed_out',
  })
  expect(client.state).toEqual({
    status: 'signed-out',
    sessionId: null,
    generation: null,
    reason: 'session_signed_out',
    reachable: true,
  })
  client.dispose()
})

test('fetch: a response that comes after a renewal belongs to the same session', async () => {
  const { page, client } = await setUp()
  await client.signIn({ name: 'ann' })
  const { promise, resolve } = Promise.withResolvers<void>()
  page.slow = promise
  const response = client.fetch('/slow')
  page.generation = 1
  await client.renew()
  resolve()
  expect((await response).status).toBe(200)
  client.dispose()
})

test('state: the same object after a page event and after a repeated generation', async () => {
  const { page, client, types } = await setUp()
  await client.signIn({ name: 'ann' })
  const { state } = client
  page.dispatchPageEvent()
  await flush()
  expect(client.state).toBe(state)
  await nextMillisecond()
  // The server repeats the current generation: new tokens, and an equal state.
  await client.renew()
  expect(client.state).toBe(state)
  expect(types()).toEqual(['signed-out', 'signed-in', 'renewed'])
  client.dispose()
})

test('session cookie: the state follows its generation, its session and its absence', async () => {
  const { page, client, types } = await setUp()
  await client.signIn({ name: 'ann' })
  page.cookie = '__Host-latchkey-session=ann.3'
  page.dispatchPageEvent()
  await expect.poll(() => client.state).toMatchObject({ sessionId: 'ann', generation: 3 })
  page.cookie = '__Host-latchkey-session=bob.2'
  await expect(client.fetch('/x')).rejects.toBeInstanceOf(Replaced)
  expect(client.state).toMatchObject({ sessionId: 'bob', generation: 2 })
  page.cookie = ''
  expect((await client.fetch('/x')).status).toBe(200)
  expect(client.state).toMatchObject({ status: 'signed-out', reason: 'token_missing' })
  expect(types()).toEqual(['signed-out', 'signed-in', 'renewed', 'replaced', 'signed-out'])
  expect(page.requests).toEqual(['/login', '/x'])
  client.dispose()
})

test('session cookie: one of an ended session is cleared by another sign-out', async () => {
  const { page, client, types } = await setUp()
  await client.signIn({ name: 'ann' })
  await client.signOut()
  page.cookie = '__Host-latchkey-session=ann.9'
  expect((await client.fetch('/x')).status).toBe(200)
  await expect
    .poll(() => page.requests.toSorted())
    .toEqual(['/login', '/logout ann', '/logout ann', '/x'])
  expect(client.state).toMatchObject({ status: 'signed-out', reason: 'session_signed_out' })
  expect(page.cookie).toBe('')
  expect(types()).toEqual(['signed-out', 'signed-in', 'signed-out'])
  client.dispose()
})

test('subscribe: frozen state; a listener may throw; one added twice is called twice', async () => {
  const { client } = await setUp()
  const generations: unknown[] = []
  const reported: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
  client.subscribe(() => {
    throw new Error('from a listener')
  })
  const listener = ({ generation }: State): void => void generations.push(generation)
  const unsubscribe = client.subscribe(listener)
  client.subscribe(listener)
  await client.signIn({ name: 'ann' })
  unsubscribe()
  await client.signOut()
  expect(Object.isFrozen(client.state)).toBe(true)
  expect(generations).toEqual([0, 0, null])
  expect(reported).toMatchObject([{ message: 'from a listener' }, { message: 'from a listener' }])
  client.dispose()
})
