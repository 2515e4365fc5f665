import { afterEach, expect, test, vi } from 'vitest'
import { createClient, Replaced, SignedOut } from '../../src/client/index.ts'
import type { Client, ClientEvent, State } from '../../src/client/index.ts'
import { readMarker } from '../../src/client/internal/session-cookie.ts'
import { unless } from '../../src/client/internal/abort.ts'

const PAGE = 'https://app.example.com'

/** A page without storage or channel, and a server that lets everybody in; both as simple as they can be. */
class Place {
  cookie = ''
  hidden = false
  /** What was asked, and with which session in its header. */
  asked: string[] = []
  generation = 0
  /** Answers of the application are held back while there is one. */
  slow: Promise<void> | null = null
  refresh: () => Promise<Response> = async () => this.#tokens()
  readonly #wakes: Array<() => void> = []
  #name = ''

  constructor() {
    vi.stubGlobal('location', { origin: PAGE, href: `${PAGE}/` })
    vi.stubGlobal('document', this)
    vi.stubGlobal('BroadcastChannel', undefined)
    vi.stubGlobal('addEventListener', (_type: string, wake: () => void) => this.#wakes.push(wake))
    vi.stubGlobal(
      'Request',
      class extends Request {
        constructor(url: string, init?: RequestInit) {
          super(new URL(url, PAGE), init)
        }
      },
    )
    vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
      unless(init.signal, this.#answer(url, init)),
    )
  }

  /** Somebody looks at the page again. */
  wake(): void {
    this.#wakes[0]!()
  }

  async #answer(url: string, { body, headers }: RequestInit): Promise<Response> {
    const path = new URL(url, PAGE).pathname
    this.asked.push(`${path} ${new Headers(headers).get('latchkey-session') ?? ''}`.trim())
    if (path === '/logout') return new Response(null, { status: 204 })
    if (path === '/refresh') return this.refresh()
    if (path !== '/login') return (await this.slow, Response.json({}))
    ;[this.#name, this.generation] = [(JSON.parse(body as string) as { name: string }).name, 0]
    return this.#tokens()
  }

  #tokens(): Response {
    this.cookie = `latchkey-session=${this.#name}.${this.generation}`
    return Response.json({
      session_id: this.#name,
      generation: this.generation,
      expires_in: 300,
      refresh_expires_in: 1e6,
    })
  }
}

async function open(): Promise<{
  place: Place
  client: Client
  told: Array<[State, ClientEvent]>
  types: () => string[]
}> {
  const place = new Place()
  const client = createClient()
  const told: Array<[State, ClientEvent]> = []
  client.subscribe((...all) => told.push(all))
  await client.ready
  return { place, client, told, types: () => told.map(([, { type }]) => type) }
}

/** Until nothing is under way any more that needs no time. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

afterEach(() => vi.unstubAllGlobals())

test('the name that only this host can have set comes first', () => {
  expect(readMarker('a=b; latchkey-session=x.1; __Host-latchkey-session=y-_.22')).toEqual({
    sessionId: 'y-_',
    generation: 22,
  })
  expect(readMarker('latchkey-session=x.1')).toEqual({ sessionId: 'x', generation: 1 })
  expect(readMarker('__Host-latchkey-session=x.1; other=2')).toEqual({
    sessionId: 'x',
    generation: 1,
  })
  for (const odd of [
    '',
    'latchkey-session=',
    'latchkey-session=x',
    'latchkey-session=x.y',
    'my-latchkey-session=x.1',
    'latchkey-session=<b>.1',
  ]) {
    expect(readMarker(odd).sessionId, odd).toBeUndefined()
  }
})

test('what happens becomes state and events, and who waits is told', async () => {
  const { place, client, told, types } = await open()
  await client.signIn({ name: 'ann' })
  const { promise, resolve } = Promise.withResolvers<void>()
  place.slow = promise
  const underAnn = client.fetch('/slow')
  place.generation = 1
  await client.renew()
  expect(client.state).toMatchObject({ status: 'signed-in', sessionId: 'ann', generation: 1 })
  await client.signIn({ name: 'bob' })
  resolve()
  await expect(underAnn).rejects.toBeInstanceOf(Replaced)
  place.refresh = () => new Promise(() => {})
  const renewal = client.renew()
  await settled()
  await client.signOut()
  await expect(renewal).rejects.toBeInstanceOf(SignedOut)
  await expect(renewal).rejects.toMatchObject({ name: 'SignedOut', reason: 'session_signed_out' })
  expect(types()).toEqual(['signed-out', 'signed-in', 'renewed', 'replaced', 'signed-out'])
  expect(told.at(-1)?.[1]).toMatchObject({
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

test('a request that is answered after a renewal is the same session’s', async () => {
  const { place, client } = await open()
  await client.signIn({ name: 'ann' })
  const { promise, resolve } = Promise.withResolvers<void>()
  place.slow = promise
  const asked = client.fetch('/slow')
  place.generation = 1
  await client.renew()
  resolve()
  expect((await asked).status).toBe(200)
  client.dispose()
})

test('what says nothing new is passed over, and the state is the same object', async () => {
  const { place, client, types } = await open()
  await client.signIn({ name: 'ann' })
  const { state } = client
  place.wake()
  await settled()
  expect(client.state).toBe(state)
  // The server repeats a young generation: new tokens, and nothing in the state that is.
  await client.renew()
  expect(client.state).toBe(state)
  expect(types()).toEqual(['signed-out', 'signed-in', 'renewed'])
  client.dispose()
})

test('a cookie that is ahead is followed; one of another session, or none, is believed', async () => {
  const { place, client, types } = await open()
  await client.signIn({ name: 'ann' })
  place.cookie = 'latchkey-session=ann.3'
  place.wake()
  await settled()
  expect(client.state).toMatchObject({ sessionId: 'ann', generation: 3 })
  place.cookie = 'latchkey-session=bob.2'
  await expect(client.fetch('/x')).rejects.toBeInstanceOf(Replaced)
  expect(client.state).toMatchObject({ sessionId: 'bob', generation: 2 })
  place.cookie = ''
  expect((await client.fetch('/x')).status).toBe(200)
  expect(client.state).toMatchObject({ status: 'signed-out', reason: 'token_missing' })
  expect(types()).toEqual(['signed-out', 'signed-in', 'renewed', 'replaced', 'signed-out'])
  expect(place.asked).toEqual(['/login', '/x'])
  client.dispose()
})

test('a session that ended here does not come back, whatever is read, and its cookie is sent away', async () => {
  const { place, client, types } = await open()
  await client.signIn({ name: 'ann' })
  await client.signOut()
  expect(place.cookie).toContain('Max-Age=0')
  place.cookie = 'latchkey-session=ann.9'
  expect((await client.fetch('/x')).status).toBe(200)
  await settled()
  expect(client.state).toMatchObject({ status: 'signed-out', reason: 'session_signed_out' })
  expect(place.cookie).toContain('Max-Age=0')
  expect(place.asked.toSorted()).toEqual(['/login', '/logout ann', '/logout ann', '/x'])
  expect(types()).toEqual(['signed-out', 'signed-in', 'signed-out'])
  client.dispose()
})

test('state is frozen; a listener that throws stops nobody; one that is subscribed twice is called twice', async () => {
  const { client } = await open()
  const heard: unknown[] = []
  const reported: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
  client.subscribe(() => {
    throw new Error('the page’s own')
  })
  const listener = ({ generation }: State): void => void heard.push(generation)
  const stop = client.subscribe(listener)
  client.subscribe(listener)
  await client.signIn({ name: 'ann' })
  stop()
  await client.signOut()
  expect(Object.isFrozen(client.state)).toBe(true)
  expect(heard).toEqual([0, 0, null])
  expect(reported).toMatchObject([{ message: 'the page’s own' }, { message: 'the page’s own' }])
  client.dispose()
})
