import { expect, test } from 'vitest'
import { Jar } from './client.ts'
import { DAY, HOUR, PASSWORD, startServer, type TestServer } from './server.ts'

const guess = (server: TestServer, username = 'ada', headers: Record<string, string> = {}) =>
  server.send('POST', '/login', { json: { username, password: 'a guess that is wrong' }, headers })
const enter = (server: TestServer, headers: Record<string, string> = {}) =>
  server.send('POST', '/login', { json: { username: 'ada', password: PASSWORD }, headers })

async function failFiveTimes(server: TestServer, username = 'ada'): Promise<void> {
  for (let failures = 0; failures < 5; failures++)
    expect((await guess(server, username)).status).toBe(401)
}

test('after five failures the account has to wait, the right password too, and no work is done', async () => {
  const server = await startServer()
  await server.register()
  await failFiveTimes(server)
  server.work.verified = []
  const { status, body, headers } = await enter(server)
  expect([status, body.error, headers['retry-after']]).toEqual([429, 'attempt_limit_reached', '1'])
  expect(server.work.verified).toEqual([])
  server.clock.pass(1)
  expect((await enter(server)).status).toBe(200)
})

test('the delay doubles from a second up to an hour, and never further', async () => {
  const server = await startServer()
  await failFiveTimes(server, 'nobody')
  const delays: number[] = []
  for (let failures = 5; failures < 20; failures++) {
    const delay = Number((await guess(server, 'nobody')).headers['retry-after'])
    delays.push(delay)
    server.clock.pass(delay)
    expect((await guess(server, 'nobody')).status).toBe(401)
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600])
})

test('whether anybody has the name makes no difference to the delay', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  await server.register()
  const answers = async (username: string, address: string) => {
    const all = []
    for (let failures = 0; failures < 7; failures++) {
      const { status, text, headers } = await guess(server, username, {
        'x-forwarded-for': address,
      })
      all.push([status, text, headers['retry-after']])
    }
    return all
  }
  expect(await answers('ada', '192.0.2.1')).toEqual(await answers('eve', '192.0.2.2'))
})

test('other spellings of a name share its delay', async () => {
  const server = await startServer()
  await failFiveTimes(server, 'ada')
  expect((await guess(server, 'ＡDA')).status).toBe(429)
})

test('a success forgives the failures before it', async () => {
  const server = await startServer()
  await server.register()
  for (let failures = 0; failures < 4; failures++) await guess(server)
  expect((await enter(server)).status).toBe(200)
  for (let failures = 0; failures < 5; failures++) expect((await guess(server)).status).toBe(401)
  expect((await guess(server)).status).toBe(429)
})

test('guesses that come all at once count one after the other', async () => {
  const server = await startServer()
  await server.register()
  const answers = await Promise.all(Array.from({ length: 30 }, () => guess(server)))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(25)
  expect(server.work.verified).toHaveLength(5)
})

test('the same person at once on many devices is not slowed down', async () => {
  const server = await startServer()
  await server.register()
  const answers = await Promise.all(Array.from({ length: 20 }, () => enter(server)))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
})

test('failures outlive a restart', async () => {
  const first = await startServer()
  await failFiveTimes(first)
  await first.close()
  const second = await startServer({}, { folder: first.folder, clock: first.clock })
  expect((await guess(second)).status).toBe(429)
})

test('a device that signed in before is not slowed down by the guesses of others', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  await failFiveTimes(server)
  expect((await enter(server)).status).toBe(429)
  expect((await server.signInWithCookies(jar)).status).toBe(200)
})

test('a known device has a counter of its own', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  const { origin } = server
  const wrong = () =>
    server.send('POST', '/login', {
      json: { username: 'ada', password: 'a guess that is wrong' },
      jar,
      headers: { origin },
    })
  for (let failures = 0; failures < 5; failures++) expect((await wrong()).status).toBe(401)
  expect((await wrong()).status).toBe(429)
  expect((await enter(server)).status).toBe(200)
})

test('the cookie of a device opens no other account, and one that was changed opens none', async () => {
  const server = await startServer()
  await server.register('ada')
  await server.register('eve')
  const jar = new Jar()
  await server.signInWithCookies(jar, 'eve')
  const eves = jar.get('latchkey-device')!
  const own = new Jar()
  await server.signInWithCookies(own, 'ada')
  const adas = own.get('latchkey-device')!
  await failFiveTimes(server)
  const statusWith = async (cookie: string) =>
    (await enter(server, { cookie: `latchkey-device=${cookie}`, origin: server.origin })).status
  expect(await statusWith(eves)).toBe(429)
  expect(await statusWith(adas.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')))).toBe(429)
  expect(await statusWith(`${adas}x`)).toBe(429)
  expect(await statusWith(adas)).toBe(200)
})

test('one address that tries many names has to wait as well; another one does not', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  await server.register()
  const from = (address: string) => ({ 'x-forwarded-for': address })
  for (let index = 0; index < 20; index++)
    expect((await guess(server, `name ${index}`, from('2001:db8:1:2::1'))).status).toBe(401)
  expect((await guess(server, 'name 20', from('2001:db8:1:2:ffff::2'))).status).toBe(429)
  expect((await enter(server, from('2001:db8:1:3::1'))).status).toBe(200)
})

test('an address cannot be invented: only what the proxies wrote counts', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  for (let index = 0; index < 20; index++) {
    await guess(server, `name ${index}`, { 'x-forwarded-for': `198.51.100.${index}, 192.0.2.1` })
  }
  expect(
    (await guess(server, 'name 20', { 'x-forwarded-for': '198.51.100.99, 192.0.2.1' })).status,
  ).toBe(429)
  const alone = await startServer()
  for (let index = 0; index < 20; index++)
    await guess(alone, `name ${index}`, { 'x-forwarded-for': `198.51.100.${index}` })
  expect((await guess(alone, 'name 20', { 'x-forwarded-for': '198.51.100.99' })).status).toBe(429)
})

test('behind a proxy that is not believed nobody has to wait for what others did', async () => {
  const server = await startServer({ LATCHKEY_ORIGIN: 'https://sign-in.example' })
  const { access_token } = await server.register()
  for (let index = 0; index < 25; index++)
    expect((await guess(server, `name ${index}`, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(
      401,
    )
  expect((await enter(server)).status).toBe(200)
  const { sessions } = (await server.send('GET', '/sessions', { token: access_token }))
    .body as unknown as { sessions: Array<{ device: object }> }
  expect(sessions.map(({ device }) => device)).toEqual([{}, {}])
})

test('names found taken are counted for the address, and a new name is not', async () => {
  const server = await startServer()
  await server.register()
  const claim = (username: string) =>
    server.send('POST', '/register', { json: { username, password: PASSWORD } })
  for (let index = 0; index < 20; index++) expect((await claim('ada')).status).toBe(409)
  expect((await claim('ada')).body.error).toBe('attempt_limit_reached')
  expect((await enter(server)).status).toBe(200)
  server.clock.pass(HOUR)
  expect((await claim('somebody else')).status).toBe(200)
})

test('nobody is locked out for good', async () => {
  const server = await startServer()
  await server.register()
  for (let failures = 0; failures < 30; failures++) {
    const { headers } = await guess(server)
    server.clock.pass(Number(headers['retry-after'] ?? 0))
  }
  server.clock.pass(HOUR)
  expect((await enter(server)).status).toBe(200)
})

test('after a quiet day a name starts anew, and a clock that is set back keeps nobody waiting longer', async () => {
  const server = await startServer()
  await failFiveTimes(server)
  for (let failures = 0; failures < 6; failures++) {
    server.clock.pass(Number((await guess(server)).headers['retry-after']))
    await guess(server)
  }
  server.clock.pass(-10 * DAY)
  expect(Number((await guess(server)).headers['retry-after'])).toBeLessThanOrEqual(HOUR)
  server.clock.pass(11 * DAY)
  await failFiveTimes(server)
})

test('guesses at the password form of an open session have to wait too', async () => {
  const server = await startServer()
  const { access_token } = await server.register()
  const change = (current: string) =>
    server.send('POST', '/account/password', {
      json: { current_password: current, new_password: 'quite another sentence' },
      token: access_token,
    })
  for (let failures = 0; failures < 5; failures++)
    expect((await change('a guess that is wrong')).body.error).toBe('current_password_invalid')
  expect((await change(PASSWORD)).status).toBe(429)
  expect((await enter(server)).status).toBe(200)
})
