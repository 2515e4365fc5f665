import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { get, type IncomingMessage } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createStreams } from '../src/sessions/streams.ts'
import { expectEventsInOrder } from './event-order.ts'
import { DAY, HOUR, MINUTE, PASSWORD, startServer, type TestServer } from './server.ts'

// Some tests send hundreds of requests.
vi.setConfig({ testTimeout: 120_000 })

/** Opens an event stream. `until` waits until a text was received. */
async function listen({ port }: TestServer, token: string) {
  const request = get({
    port,
    path: '/session/events',
    headers: { authorization: `Bearer ${token}` },
  })
  const [incoming] = (await once(request, 'response')) as [IncomingMessage]
  incoming.setEncoding('utf8')
  let text = ''
  incoming.on('data', (chunk: string) => (text += chunk))
  incoming.on('error', () => {})
  onTestFinished(() => void request.destroy())
  return {
    status: incoming.statusCode,
    text: () => text,
    async until(part: string) {
      while (!text.includes(part)) await once(incoming, 'data')
    },
    async untilEnd() {
      if (!incoming.closed) await once(incoming, 'close')
    },
    close: () => request.destroy(),
  }
}

const messages = (text: string): unknown[] =>
  [...text.matchAll(/^data: (\{"at".*)$/gm)].map(([, data]) => JSON.parse(data!))

test('event stream: sends each event of its session and of no other', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  const stream = await listen(server, access_token)
  await server.signIn()
  await server.send('POST', '/refresh', {
    token: refresh_token,
    headers: { 'user-agent': 'curl/8.5.0' },
  })
  await stream.until('"repeated"')
  server.clock.advance(HOUR)
  await server.send('POST', '/refresh', { token: refresh_token })
  await stream.until('"refreshed"')
  expect(messages(stream.text())).toMatchObject([
    {
      type: 'repeated',
      generation: 0,
      at: '2026-06-01T12:00:00.000Z',
      device: { userAgent: 'curl/8.5.0', address: '127.0.0.1' },
    },
    { type: 'refreshed', generation: 1, at: '2026-06-01T13:00:00.000Z' },
  ])
})

test('event stream: after a sign-out, sends the event "ended" and closes', async () => {
  const server = await startServer()
  const { access_token, session_id } = await server.register()
  const other = await server.signIn()
  const stream = await listen(server, access_token)
  await server.send('DELETE', `/sessions/${session_id}`, { token: other.access_token })
  await stream.untilEnd()
  expect(stream.text()).toMatch(
    /data: \{"at".*"type":"signed-out".*\n\nevent: ended\ndata: \{\}\n\n$/,
  )
})

test('event stream: ended with all other sessions, the event has the generation', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  server.clock.advance(60)
  await server.send('POST', '/refresh', { token: refresh_token })
  const stream = await listen(server, access_token)
  const other = await server.signIn()
  await server.send('DELETE', '/sessions', { token: other.access_token })
  await stream.untilEnd()
  expect(messages(stream.text())).toMatchObject([{ type: 'signed-out', generation: 1 }])
})

test('event stream: sends heartbeats, and closes when the session expires', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const stream = await listen(server, access_token)
  const isOver = async (id: string) => (await server.services.auth.explain(id))?.end !== null
  await server.services.streams.heartbeat(isOver)
  await stream.until(': heartbeat\n\n')
  server.clock.advance(31 * DAY)
  await server.services.streams.heartbeat(isOver)
  await stream.untilEnd()
  expect(stream.text()).toMatch(/event: ended\ndata: \{\}\n\n$/)
})

test('event stream: the ninth of a session is refused until another is closed', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const streams = await Promise.all(Array.from({ length: 8 }, () => listen(server, access_token)))
  const { status, body } = await server.send('GET', '/session/events', { token: access_token })
  expect([status, body.error]).toEqual([429, 'too_many_streams'])
  const other = await server.signIn()
  expect((await listen(server, other.access_token)).status).toBe(200)
  streams[0]!.close()
  // The server notices a closed connection a little later.
  await expect.poll(async () => (await listen(server, access_token)).status).toBe(200)
})

test('streams: limited per session and process; a slow reader is disconnected', async () => {
  const streams = createStreams({ perSession: 2, perProcess: 3, unread: 4 })
  const [unreadStream, readStream] = [streams.open('a')!, streams.open('a')!]
  expect(streams.open('a')).toBeNull()
  expect(streams.open('b')).not.toBeNull()
  expect(streams.open('c')).toBeNull()
  const event = {
    at: '2026-06-01T12:00:00.000Z',
    type: 'refreshed',
    generation: 1,
    device: {},
  } as const
  const reader = readStream.getReader()
  const read: string[] = []
  for (let times = 0; times < 6; times++) {
    streams.send('a', event)
    while (read.length < times + 2) read.push(new TextDecoder().decode((await reader.read()).value))
  }
  expect(read.at(-1)).toContain('"refreshed"')
  const unread: Uint8Array[] = []
  for await (const chunk of unreadStream) unread.push(chunk)
  expect(unread).toHaveLength(4)
  expect(streams.open('c')).not.toBeNull()
})

test('event stream: HEAD opens no stream', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  for (let times = 0; times < 10; times++)
    expect((await server.send('HEAD', '/session/events', { token: access_token })).status).toBe(405)
  expect((await listen(server, access_token)).status).toBe(200)
})

test('event stream: closed when the server stops', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const stream = await listen(server, access_token)
  await server.close()
  await stream.untilEnd()
  expect(stream.text()).not.toContain('ended')
})

test('events: the last 200 of a session are kept, for 30 days', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  for (let times = 0; times < 300; times++)
    await server.send('POST', '/refresh', { token: refresh_token })
  const { events } = (await server.send('GET', '/session', { token: access_token }))
    .body as unknown as { events: Array<{ type: string }> }
  expect(events).toHaveLength(200)
  expect(events.every(({ type }) => type === 'repeated')).toBe(true)

  const database = new DatabaseSync(join(server.folder, 'latchkey.db'))
  onTestFinished(() => database.close())
  const count = () => (database.prepare('SELECT count(*) AS n FROM event').get() as { n: number }).n
  expect(count()).toBeLessThanOrEqual(220)
  server.clock.advance(31 * DAY)
  await server.signIn()
  expect(count()).toBe(1)
})

test('events: recorded out of order, read in the order in which they happened', async () => {
  await expectEventsInOrder(await startServer())
})

test('events: those of accounts are recorded, without the usernames that were typed', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  await server.send('POST', '/login', {
    json: { username: 'ada', password: 'a guess that is wrong' },
  })
  await server.send('POST', '/login', {
    json: { username: 'typed by mistake', password: 'a guess that is wrong' },
  })
  const change = (current_password: string) =>
    server.send('POST', '/account/password', {
      json: { current_password, new_password: 'quite another sentence' },
      token: access_token,
    })
  await change('a guess that is wrong')
  await change(PASSWORD)
  const database = new DatabaseSync(join(server.folder, 'latchkey.db'))
  onTestFinished(() => database.close())
  const rows = database
    .prepare('SELECT type, identity, detail FROM event WHERE session_id IS NULL ORDER BY id')
    .all() as Array<Record<string, string>>
  const { id } = (await server.services.users.byName('ada'))!
  expect(rows.map(({ type, identity }) => [type, identity])).toEqual([
    ['registered', id],
    ['sign-in-failed', id],
    ['sign-in-failed', null],
    ['password-change-failed', id],
    ['password-changed', id],
  ])
  expect(JSON.stringify(rows)).not.toMatch(/typed by mistake|guess|sentence/)
})

test('event stream: a ticket opens it once', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const { ticket } = (await server.send('POST', '/ticket', { token: access_token }))
    .body as unknown as { ticket: string }
  const request = get({ port: server.port, path: `/session/events?ticket=${ticket}` })
  onTestFinished(() => void request.destroy())
  const [incoming] = (await once(request, 'response')) as [IncomingMessage]
  expect([incoming.statusCode, incoming.headers['content-type']]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  for (const again of [ticket, 'x', '']) {
    const refused = await server.send('GET', `/session/events?ticket=${again}`, {
      token: access_token,
    })
    expect([refused.status, refused.body.error]).toEqual([
      401,
      again === '' ? 'token_missing' : 'ticket_invalid',
    ])
  }
})

test('events: a repeat from another device than the holder has other_device', async () => {
  const server = await startServer()
  const { access_token, refresh_token } = await server.register()
  const stream = await listen(server, access_token)
  for (const agent of ['curl/8.5.0', 'Wget/1.21'])
    await server.send('POST', '/refresh', {
      token: refresh_token,
      headers: { 'user-agent': agent },
    })
  server.clock.advance(MINUTE)
  const { refresh_token: next } = (
    await server.send('POST', '/refresh', {
      token: refresh_token,
      headers: { 'user-agent': 'curl/8.5.0' },
    })
  ).body as unknown as { refresh_token: string }
  for (const agent of ['curl/8.5.0', 'Wget/1.21'])
    await server.send('POST', '/refresh', { token: next, headers: { 'user-agent': agent } })
  await stream.until('"other_device"')
  expect(messages(stream.text()).slice(-3)).toMatchObject([
    { type: 'refreshed', generation: 1 },
    { type: 'repeated', generation: 1, device: { userAgent: 'curl/8.5.0' } },
    { type: 'repeated', generation: 1, device: { userAgent: 'Wget/1.21' }, other_device: true },
  ])
  expect(stream.text().match(/"other_device":true/g)).toHaveLength(1)
})

test('events: failed and refused sign-ins are in the log and in the metrics', async () => {
  const token = 'a-token-for-metrics'
  const server = await startServer({ LATCHKEY_LOG: 'requests', LATCHKEY_METRICS_TOKEN: token })
  await server.register()
  const signIn = (username: string) =>
    server.send('POST', '/login', { json: { username, password: 'a guess that is wrong' } })
  await signIn('somebody unknown')
  for (let tries = 0; tries < 6; tries++) await signIn('ada')
  const events = server.output
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => String(event).startsWith('sign-in-'))
  expect(events.map(({ event }) => event)).toEqual([
    ...Array<string>(6).fill('sign-in-failed'),
    'sign-in-limited',
  ])
  expect(events[0]).toEqual({
    time: expect.any(String),
    level: 'info',
    event: 'sign-in-failed',
  })
  expect(events[1]!.identity).toMatch(/^[\w-]{22}$/)
  expect(server.output.join('')).not.toMatch(/somebody|127\.0\.0\.1/)
  const { text } = await server.send('GET', '/metrics', { token })
  expect(text).toContain('latchkey_events_total{type="sign-in-failed"} 6\n')
  expect(text).toContain('latchkey_events_total{type="sign-in-limited"} 1\n')
})

test('events: with LATCHKEY_LOG_ADDRESSES the log has the addresses of clients', async () => {
  const server = await startServer({ LATCHKEY_LOG: 'requests', LATCHKEY_LOG_ADDRESSES: 'true' })
  await server.send('POST', '/login', { json: { username: 'eve', password: 'a wrong guess' } })
  const page = readFileSync(join(import.meta.dirname, '../../docs/server.md'), 'utf8')
  const filter = /^failregex = (.*)$/m.exec(page)![1]!.replace('<HOST>', '(?<host>[\\d.:a-f]+)')
  const failed = server.output.filter((line) => line.includes('"event":"sign-in-'))
  expect(failed).toHaveLength(1)
  expect(new RegExp(filter).exec(failed[0]!)?.groups?.host).toBe('127.0.0.1')
})

test('events: nobody can push out those of another account', async () => {
  const server = await startServer()
  const { services } = server
  const device = {}
  await services.audit.recordAccount({ type: 'password-changed', identity: 'ada', device })
  for (let count = 0; count < 700; count++)
    await services.audit.recordAccount({ type: 'sign-in-failed', identity: 'eve', device })
  const recent = await services.audit.recent(null, 10_000)
  expect(recent.filter(({ identity }) => identity === 'ada')).toHaveLength(1)
  const ofEve = recent.filter(({ identity }) => identity === 'eve').length
  expect(ofEve).toBeGreaterThanOrEqual(500)
  expect(ofEve).toBeLessThan(520)
})
