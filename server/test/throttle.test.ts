import { expect, test } from 'vitest'
import { Jar } from './client.ts'
import { DAY, HOUR, PASSWORD, startServer, type TestServer } from './server.ts'

const guess = (server: TestServer, username = 'ada', headers: Record<string, string> = {}) =>
  server.send('POST', '/login', { json: { username, password: 'a guess that is wrong' }, headers })
const signIn = (server: TestServer, headers: Record<string, string> = {}) =>
  server.send('POST', '/login', { json: { username: 'ada', password: PASSWORD }, headers })

async function failFiveTimes(server: TestServer, username = 'ada'): Promise<void> {
  for (let failures = 0; failures < 5; failures++)
    expect((await guess(server, username)).status).toBe(401)
}

test('throttle: after five failures the right password is refused, without hashing', async () => {
  const server = await startServer()
  await server.register()
  await failFiveTimes(server)
  server.hashing.verified = []
  const { status, body, headers } = await signIn(server)
  expect([status, body.error, headers['retry-after']]).toEqual([429, 'too_many_attempts', '1'])
  expect(server.hashing.verified).toEqual([])
  server.clock.advance(1)
  expect((await signIn(server)).status).toBe(200)
})

test('throttle: the delay doubles from a second to an hour', async () => {
  const server = await startServer()
  await failFiveTimes(server, 'nobody')
  const delays: number[] = []
  for (let failures = 5; failures < 20; failures++) {
    const delay = Number((await guess(server, 'nobody')).headers['retry-after'])
    delays.push(delay)
    server.clock.advance(delay)
    expect((await guess(server, 'nobody')).status).toBe(401)
  }
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600])
})

test('throttle: the same for known and unknown usernames', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  await server.register()
  const responses = async (username: string, address: string) => {
    const all = []
    for (let failures = 0; failures < 7; failures++) {
      const { status, text, headers } = await guess(server, username, {
        'x-forwarded-for': address,
      })
      all.push([status, text, headers['retry-after']])
    }
    return all
  }
  expect(await responses('ada', '192.0.2.1')).toEqual(await responses('eve', '192.0.2.2'))
})

test('throttle: all spellings of a username share a counter', async () => {
  const server = await startServer()
  await failFiveTimes(server, 'ada')
  expect((await guess(server, 'ＡDA')).status).toBe(429)
})

test('throttle: a success resets the counter', async () => {
  const server = await startServer()
  await server.register()
  for (let failures = 0; failures < 4; failures++) await guess(server)
  expect((await signIn(server)).status).toBe(200)
  for (let failures = 0; failures < 5; failures++) expect((await guess(server)).status).toBe(401)
  expect((await guess(server)).status).toBe(429)
})

test('throttle: concurrent attempts are counted one by one', async () => {
  const server = await startServer()
  await server.register()
  const responses = await Promise.all(Array.from({ length: 30 }, () => guess(server)))
  expect(responses.filter(({ status }) => status === 401)).toHaveLength(5)
  expect(responses.filter(({ status }) => status === 429)).toHaveLength(25)
  expect(server.hashing.verified).toHaveLength(5)
})

test('throttle: concurrent successful sign-ins are not delayed', async () => {
  const server = await startServer()
  await server.register()
  const responses = await Promise.all(Array.from({ length: 20 }, () => signIn(server)))
  expect(responses.every(({ status }) => status === 200)).toBe(true)
})

test('throttle: counters survive a restart', async () => {
  const first = await startServer()
  await failFiveTimes(first)
  await first.close()
  const second = await startServer({}, { folder: first.folder, clock: first.clock })
  expect((await guess(second)).status).toBe(429)
})

test('throttle: failures elsewhere do not delay a known device', async () => {
  const server = await startServer()
  await server.register()
  const jar = new Jar()
  await server.signInWithCookies(jar)
  await failFiveTimes(server)
  expect((await signIn(server)).status).toBe(429)
  expect((await server.signInWithCookies(jar)).status).toBe(200)
})

test('throttle: a known device has its own counter', async () => {
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
  expect((await signIn(server)).status).toBe(200)
})

test('throttle: a device cookie is valid for its account only, and only unchanged', async () => {
  const server = await startServer()
  await server.register('ada')
  await server.register('eve')
  const jar = new Jar()
  await server.signInWithCookies(jar, 'eve')
  const cookieOfEve = jar.get('latchkey-device')!
  const own = new Jar()
  await server.signInWithCookies(own, 'ada')
  const cookieOfAda = own.get('latchkey-device')!
  await failFiveTimes(server)
  const statusWith = async (cookie: string) =>
    (await signIn(server, { cookie: `latchkey-device=${cookie}`, origin: server.origin })).status
  expect(await statusWith(cookieOfEve)).toBe(429)
  expect(await statusWith(cookieOfAda.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')))).toBe(
    429,
  )
  expect(await statusWith(`${cookieOfAda}x`)).toBe(429)
  expect(await statusWith(cookieOfAda)).toBe(200)
})

test('throttle: one address with many usernames is delayed, another address is not', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  await server.register()
  const from = (address: string) => ({ 'x-forwarded-for': address })
  for (let index = 0; index < 25; index++)
    expect((await guess(server, `name ${index}`, from('2001:db8:1:2::1'))).status).toBe(401)
  expect((await guess(server, 'name 25', from('2001:db8:1:2:ffff::2'))).status).toBe(429)
  expect((await signIn(server, from('2001:db8:1:3::1'))).status).toBe(200)
})

test('throttle: forged entries of X-Forwarded-For are ignored', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  for (let index = 0; index < 25; index++) {
    await guess(server, `name ${index}`, { 'x-forwarded-for': `198.51.100.${index}, 192.0.2.1` })
  }
  expect(
    (await guess(server, 'name 25', { 'x-forwarded-for': '198.51.100.99, 192.0.2.1' })).status,
  ).toBe(429)
  const alone = await startServer()
  for (let index = 0; index < 25; index++)
    await guess(alone, `name ${index}`, { 'x-forwarded-for': `198.51.100.${index}` })
  expect((await guess(alone, 'name 25', { 'x-forwarded-for': '198.51.100.99' })).status).toBe(429)
})

test('throttle: behind an untrusted proxy, addresses are not counted', async () => {
  const server = await startServer({ LATCHKEY_ORIGIN: 'https://sign-in.example' })
  const { access_token } = await server.register()
  for (let index = 0; index < 25; index++)
    expect((await guess(server, `name ${index}`, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(
      401,
    )
  expect((await signIn(server)).status).toBe(200)
  const { sessions } = (await server.send('GET', '/sessions', { token: access_token }))
    .body as unknown as { sessions: Array<{ device: object }> }
  expect(sessions.map(({ device }) => device)).toEqual([{}, {}])
})

test('throttle: registrations with a taken username are counted by address', async () => {
  const server = await startServer()
  await server.register()
  const claim = (username: string) =>
    server.send('POST', '/register', { json: { username, password: PASSWORD } })
  // One more was the registration above.
  for (let index = 0; index < 19; index++) expect((await claim('ada')).status).toBe(409)
  expect((await claim('ada')).body.error).toBe('too_many_attempts')
  expect((await signIn(server)).status).toBe(200)
  server.clock.advance(HOUR)
  expect((await claim('a new name')).status).toBe(200)
})

test('throttle: after an hour without attempts, a sign-in is not delayed', async () => {
  const server = await startServer()
  await server.register()
  for (let failures = 0; failures < 30; failures++) {
    const { headers } = await guess(server)
    server.clock.advance(Number(headers['retry-after'] ?? 0))
  }
  server.clock.advance(HOUR)
  expect((await signIn(server)).status).toBe(200)
})

test('throttle: an account is not forgotten within a year', async () => {
  const server = await startServer()
  await failFiveTimes(server)
  for (let month = 0; month < 11; month++) {
    server.clock.advance(30 * DAY)
    expect((await guess(server)).status).toBe(401)
    expect((await guess(server)).status).toBe(429)
  }
  server.clock.advance(366 * DAY)
  await failFiveTimes(server)
})

test('throttle: in header mode, strangers do not lock the owner out of a device', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  await server.register()
  const first = await signIn(server, from('192.0.2.1'))
  for (let index = 0; index < 12; index++) await guess(server, 'ada', from(`198.51.100.${index}`))
  expect((await signIn(server, from('203.0.113.1'))).status).toBe(429)
  expect((await signIn(server, from('192.0.2.1'))).status).toBe(200)
  const device = { 'latchkey-device': String(first.headers['latchkey-device']) }
  expect((await signIn(server, { ...from('203.0.113.1'), ...device })).status).toBe(200)
})

test('throttle: people who mistype do not lock each other out; guesses are bounded', async () => {
  const server = await startServer()
  await server.register('bob')
  let [guesses, refused] = [0, 0]
  for (let index = 0; index < 40; index++) {
    if ((await guess(server, `colleague ${index}`)).status === 401) guesses++
    const own = { username: 'bob', password: PASSWORD }
    if ((await server.send('POST', '/login', { json: own })).status !== 200) refused++
  }
  expect(refused).toBe(0)
  expect(guesses).toBeLessThanOrEqual(25)
})

test('throttle: of 80 names at once from one address, only the free ones are checked', async () => {
  const server = await startServer()
  await Promise.all(Array.from({ length: 80 }, async (_, index) => guess(server, `user ${index}`)))
  expect(server.hashing.verified.length).toBe(25)
})

test('throttle: a name that is too long is refused before any work, without a hash', async () => {
  const server = await startServer()
  const name = `a${'\u0301'.repeat(5000)}`
  const responses = []
  for (const path of ['/login', '/register'])
    responses.push(
      await server.send('POST', path, { json: { username: name, password: PASSWORD } }),
    )
  expect(responses.map(({ status }) => status)).toEqual([401, 422])
  expect([server.hashing.hashed, server.hashing.verified.length]).toEqual([0, 0])
})

test('registrations: one address makes 20 accounts, and then has to wait', async () => {
  const server = await startServer({ LATCHKEY_TRUST_PROXY: '1' })
  const register = (username: string, address: string) =>
    server.send('POST', '/register', {
      json: { username, password: PASSWORD },
      headers: { 'x-forwarded-for': address },
    })
  const responses = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => register(`bot ${index}`, '198.51.100.1')),
  )
  const limited = responses.filter(({ status }) => status === 429)
  expect(limited.length).toBe(40)
  expect(limited[0]!.headers['retry-after']).toBe('1')
  expect((await register('ada', '192.0.2.7')).status).toBe(200)
  server.clock.advance(HOUR)
  expect((await register('late', '198.51.100.1')).status).toBe(200)
})

test('sign-ins with the right password: 100 an hour are free for an account', async () => {
  const server = await startServer()
  await server.register()
  await server.register('bob')
  const statuses = []
  for (let index = 0; index < 101; index++) statuses.push((await signIn(server)).status)
  expect(statuses.slice(0, 100).every((status) => status === 200)).toBe(true)
  expect(statuses[100]).toBe(429)
  const { access_token } = await server.signIn('bob')
  expect(access_token).toBeTypeOf('string')
  server.clock.advance(1)
  expect((await signIn(server)).status).toBe(200)
})

test('throttle: failed password changes are delayed too', async () => {
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
  expect((await signIn(server)).status).toBe(200)
})
