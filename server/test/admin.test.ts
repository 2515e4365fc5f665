import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Clock, MINUTE, startServer, temporaryFolder, type TestServer } from './server.ts'

// A test may start a dozen processes, which takes seconds each on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

const CLI = join(import.meta.dirname, '../src/cli.ts')

/** The command uses the real time, so the clock of the server starts at the real time. */
function startNow(): Promise<TestServer> {
  const clock = new Clock()
  clock.now = Date.now()
  return startServer({}, { clock })
}

const AT = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z'

/** Runs the command in its own process, on the database of a running server. */
function latchkey(folder: string, ...args: string[]) {
  const { PATH } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=latchkey-source', CLI, ...args],
    {
      env: { ...(PATH !== undefined && { PATH }), LATCHKEY_DATA: folder },
      encoding: 'utf8',
    },
  )
  return { status, out: stdout, err: stderr }
}

const refreshAs = async ({ send }: TestServer, token: string, agent: string) =>
  send('POST', '/refresh', { token, headers: { 'user-agent': agent } })

test('events: lists those of all accounts or of one, without names that were typed', async () => {
  const server = await startNow()
  await server.register()
  for (const username of ['ada', 'typed by mistake'])
    await server.send('POST', '/login', { json: { username, password: 'a guess that is wrong' } })
  const all = latchkey(server.folder, 'events').out.trim().split('\n')
  expect(all.map((line) => String(line.split('  ')[1])).toSorted()).toEqual([
    'registered',
    'sign-in-failed',
    'sign-in-failed',
    'signed-in',
  ])
  expect(all.join()).not.toContain('mistake')
  const failed = latchkey(server.folder, 'events', 'ada', '--type', 'sign-in-failed').out
  expect(failed.trim()).toMatch(new RegExp(`^${AT}  sign-in-failed  ada, .*127\\.0\\.0\\.1`))
  expect(latchkey(server.folder, 'events', '--limit=1').out.trim().split('\n')).toHaveLength(1)
  expect(latchkey(server.folder, 'events', '--limit=many')).toMatchObject({ status: 1 })
  expect(latchkey(server.folder, 'events', 'nobody')).toMatchObject({ status: 1 })
})

test('sessions, explain: show why sessions ended and their events, without tokens', async () => {
  const server = await startNow()
  const stolen = await server.register()
  const secrets = [stolen.access_token, stolen.refresh_token]
  server.clock.advance(MINUTE)
  const owners = (
    await refreshAs(server, stolen.refresh_token, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0')
  ).body as unknown as typeof stolen
  await server.send('GET', '/protected', { token: owners.access_token })
  server.clock.advance(MINUTE)
  await refreshAs(server, stolen.refresh_token, 'curl/8.5.0')
  const other = await server.signIn()
  await server.send('POST', '/logout', { token: other.refresh_token })
  const live = await server.signIn()
  const list = latchkey(server.folder, 'sessions', 'ada')
  expect(list).toMatchObject({ status: 0, err: '' })
  const lines = list.out.trim().split('\n')
  expect(lines).toHaveLength(3)
  const lineOf = (id: string) => lines.find((line) => line.startsWith(`${id}  `))
  expect(lineOf(stolen.session_id)).toMatch(
    new RegExp(
      `ended ${AT}: An old refresh token of this session was used again .* from curl.*\\. ` +
        'The new token had been issued to Firefox on Linux',
    ),
  )
  expect(lineOf(other.session_id)).toMatch(new RegExp(`ended ${AT}: Signed out\\.$`))
  expect(lineOf(live.session_id)).toMatch(new RegExp(`active, last refresh ${AT}$`))
  const details = latchkey(server.folder, 'explain', stolen.session_id)
  expect(details).toMatchObject({ status: 0, err: '' })
  expect(details.out).toMatch(new RegExp(`^Session: ${stolen.session_id}\nAccount: ada\nDevice: `))
  expect(details.out).toMatch(
    new RegExp(
      `\nEnded: ${AT}\nWhy: An old refresh token of this session was used again 1 minute after`,
    ),
  )
  for (const event of ['Signed in', 'generation 1', 'curl']) expect(details.out).toContain(event)
  for (const secret of [...secrets, owners.access_token, owners.refresh_token])
    expect(list.out + details.out).not.toContain(secret)
})

test('end: one session or all of an account; a running server closes its streams', async () => {
  const server = await startNow()
  const [first, second, bob] = [
    await server.register(),
    await server.signIn(),
    await server.register('bob'),
  ]
  const request = get({
    port: server.port,
    path: '/session/events',
    headers: { authorization: `Bearer ${first.access_token}` },
  })
  onTestFinished(() => void request.destroy())
  const [incoming] = (await once(request, 'response')) as [IncomingMessage]
  const closed = once(incoming.resume(), 'end')
  expect(latchkey(server.folder, 'end', first.session_id)).toEqual({
    status: 0,
    out: 'Ended 1 session of ada.\n',
    err: '',
  })
  // The server polls the store once a second. Open connections poll on their own.
  server.clock.advance(2)
  await closed
  expect((await server.send('GET', '/protected', { token: first.access_token })).status).toBe(401)
  expect((await server.send('POST', '/refresh', { token: first.refresh_token })).body.error).toBe(
    'session_signed_out',
  )
  expect(latchkey(server.folder, 'end', first.session_id).out).toBe(
    'The session had already ended.\n',
  )
  expect(latchkey(server.folder, 'explain', first.session_id).out).toContain(
    'Why: Ended by an administrator.',
  )
  expect(latchkey(server.folder, 'end', 'Ada')).toEqual({
    status: 0,
    out: 'Ended 1 session of ada.\n',
    err: '',
  })
  expect((await server.send('POST', '/refresh', { token: second.refresh_token })).body.error).toBe(
    'session_signed_out',
  )
  expect((await server.send('POST', '/refresh', { token: bob.refresh_token })).status).toBe(200)
})

test('end: a username that is the id of a session is ambiguous until one says which', async () => {
  const server = await startNow()
  let other = await server.register()
  while (other.session_id.startsWith('-')) other = await server.signIn()
  const named = await server.register(other.session_id)
  const isLive = async (token: string) =>
    (await server.send('GET', '/protected', { token })).status === 200
  const { session_id: name } = other
  expect(latchkey(server.folder, 'end', name)).toMatchObject({
    status: 1,
    err: expect.stringContaining('both a session and a username. Say which: --session='),
  })
  expect(latchkey(server.folder, 'end', `--account=${name}`).out).toBe(
    `Ended 1 session of ${name}.\n`,
  )
  server.clock.advance(2)
  await isLive(named.access_token)
  await vi.waitFor(async () => expect(await isLive(named.access_token)).toBe(false))
  expect(await isLive(other.access_token)).toBe(true)
  expect(latchkey(server.folder, 'end', `--session=${name}`).out).toBe('Ended 1 session of ada.\n')
  for (const args of [['end'], ['end', name, `--account=${name}`]])
    expect(latchkey(server.folder, ...args)).toMatchObject({
      status: 1,
      err: expect.stringContaining('name one session or one account'),
    })
})

test('commands: an unknown or missing name or database is one line on stderr', async () => {
  const { folder } = await startServer()
  expect(latchkey(folder, 'sessions', 'nobody')).toEqual({
    status: 1,
    out: '',
    err: 'latchkey: there is no account with this username.\n',
  })
  expect(latchkey(folder, 'explain', 'x'.repeat(22))).toMatchObject({
    status: 1,
    err: expect.stringContaining('there is no such session'),
  })
  // Session ids are random: one in 64 begins with a dash.
  for (const id of [`-${'h'.repeat(21)}`, `--${'v'.repeat(20)}`]) {
    expect(latchkey(folder, 'explain', id)).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no such session'),
    })
    expect(latchkey(folder, 'end', '--', id)).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no session with this id'),
    })
  }
  expect(latchkey(folder, 'sessions', '--', '-ada')).toMatchObject({
    status: 1,
    err: 'latchkey: there is no account with this username.\n',
  })
  expect(latchkey(folder, 'end', "'; DROP TABLE user; --")).toMatchObject({
    status: 1,
    err: expect.stringContaining(
      'there is no session with this id and no account with this username',
    ),
  })
  for (const args of [
    ['sessions'],
    ['sessions', 'ada', 'bob'],
    ['sessions', 'ada', '--session=x'],
    ['--account=ada'],
    ['toString', 'x'],
  ])
    expect(latchkey(folder, ...args).status).toBe(2)
  const empty = temporaryFolder()
  expect(latchkey(empty, 'sessions', 'ada')).toMatchObject({
    status: 1,
    err:
      `latchkey: There is no database in ${empty}. ` +
      'Set LATCHKEY_DATA to the data folder of the server.\n',
  })
  expect(existsSync(join(empty, 'keys.json'))).toBe(false)
})

test('GET /metrics: text format, for the configured token; 404 if there is none', async () => {
  const LATCHKEY_METRICS_TOKEN = 'metrics-token-of-the-tests'
  const server = await startServer({ LATCHKEY_METRICS_TOKEN })
  const { session_id, access_token } = await server.register()
  await server.send('GET', '/protected', { token: access_token })
  await server.send('POST', '/logout', { token: access_token })
  for (const token of ['metrics-token-of-the-test', `${LATCHKEY_METRICS_TOKEN}x`, access_token, ''])
    expect((await server.send('GET', '/metrics', { token })).status).toBe(401)
  expect((await server.send('GET', '/metrics')).status).toBe(401)
  for (const [authorization, status] of [
    [`bearer ${LATCHKEY_METRICS_TOKEN}`, 200],
    [`BEARER  ${LATCHKEY_METRICS_TOKEN}`, 200],
    [`Bearer ${LATCHKEY_METRICS_TOKEN.toUpperCase()}`, 401],
    [`Basic ${LATCHKEY_METRICS_TOKEN}`, 401],
    [LATCHKEY_METRICS_TOKEN, 401],
  ] as const)
    expect((await server.send('GET', '/metrics', { headers: { authorization } })).status).toBe(
      status,
    )
  const { status, text, headers } = await server.send('GET', '/metrics', {
    token: LATCHKEY_METRICS_TOKEN,
  })
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'no-store',
  ])
  for (const line of text.trim().split('\n'))
    expect(line).toMatch(
      /^(?:# (?:HELP|TYPE) latchkey_\w+ .+|latchkey_\w+(?:\{\w+="[\w.-]+"\})? \d+(?:\.\d+)?)$/,
    )
  for (const line of [
    'latchkey_revocation_stale 0',
    'latchkey_revocation_lag_seconds_count 1',
    'latchkey_events_total{type="signed-in"} 1',
    'latchkey_events_total{type="signed-out"} 1',
    'latchkey_revocation_remembered 1',
    'latchkey_connections 0',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text).not.toContain(session_id)
  const closed = await startServer()
  expect((await closed.send('GET', '/metrics', { token: LATCHKEY_METRICS_TOKEN })).status).toBe(404)
})
