import { expect, test } from 'vitest'
import { PASSWORD, startServer } from './server.ts'

test('a registration is a sign-in', async () => {
  const { send } = await startServer()
  const { status, body } = await send('POST', '/register', {
    json: { username: 'ada', password: PASSWORD },
  })
  expect(status).toBe(200)
  const seen = await send('GET', '/protected', { token: String(body.access_token) })
  expect([seen.status, seen.body]).toEqual([200, { logged_in_as: 'ada' }])
})

test('there is no account that nobody made', async () => {
  const { services } = await startServer()
  expect(services.users.isEmpty()).toBe(true)
})

test('taken name: 409, in whatever case and form it is written', async () => {
  const { send, register } = await startServer()
  await register('Ada')
  for (const username of ['Ada', 'ada', 'ADA', 'Ａda']) {
    const { status, body } = await send('POST', '/register', {
      json: { username, password: PASSWORD },
    })
    expect([status, body.error]).toEqual([409, 'username_taken'])
  }
})

test.each([
  ['longer than 64 characters', 'x'.repeat(65)],
  ['a control character', 'a\u0000da'],
  ['a line break', 'ada\nadmin'],
  ['a space in front', ' ada'],
  ['a space behind', 'ada '],
  ['only a space that has no width', '\u200b'],
  ['a sign that turns the text around it', 'ada\u202enimda'],
  ['a letter that cannot be seen', 'ada\u3164'],
  ['half a character', 'ada\ud800'],
])('a username with %s is refused', async (_name, username) => {
  const { send } = await startServer()
  const { status, body } = await send('POST', '/register', {
    json: { username, password: PASSWORD },
  })
  expect([status, body.error]).toEqual([422, 'username_invalid'])
})

test.each(['x', 'Ada Lovelace', '李雷', 'Žluťoučký kůň', 'ada@mail.example', '🦊', 'x'.repeat(64)])(
  'the username %s may be had',
  async (username) => {
    const { send } = await startServer()
    const { body } = await send('POST', '/register', { json: { username, password: PASSWORD } })
    expect((await send('GET', '/protected', { token: String(body.access_token) })).body).toEqual({
      logged_in_as: username,
    })
  },
)

test.each([
  ['password_too_short', 'fourteen chars'],
  ['password_too_short', '👩‍🚀👩‍🚀👩‍🚀'],
  ['password_too_long', 'long '.repeat(60)],
  ['password_too_long', '漢'.repeat(100) + '🦊'.repeat(200)],
  ['password_common', 'ada ada ada ada ada'],
  ['password_common', 'aaaaaaaaaaaaaaaaaaa'],
  ['password_common', 'abcabcabcabcabcabc'],
  ['password_common', 'PasswordPassword'],
  ['password_common', '123456789012345'],
  ['password_common', '9876543210987654'],
  ['password_common', 'qwertyuiopasdfgh'],
  ['password_common', 'abcdefghijklmnopq'],
  ['password_common', 'Correct Horse Battery Staple'],
  ['password_common', 'the-quick-brown-fox-jumps'],
])('%s: %s', async (code, password) => {
  const { send, work } = await startServer()
  const { status, body } = await send('POST', '/register', { json: { username: 'ada', password } })
  expect([status, body.error]).toEqual([422, code])
  expect(work.hashed).toBe(0)
})

test.each([
  'fifteen letters',
  '我家门前有一条小河通向远方的海',
  'x7'.repeat(7) + '!q',
  ' spaces count as well ',
  'all lower case and no digit',
  'a'.repeat(100) + 'ordinary words after',
])('a long password may be anything: %s', async (password) => {
  const { send } = await startServer()
  expect(
    (await send('POST', '/register', { json: { username: 'somebody', password } })).status,
  ).toBe(200)
  expect((await send('POST', '/login', { json: { username: 'somebody', password } })).status).toBe(
    200,
  )
})

test('the least length is a setting, and the message names it', async () => {
  const { send } = await startServer({ LATCHKEY_PASSWORD_MIN: '8' })
  expect(
    (await send('POST', '/register', { json: { username: 'ada', password: 'seven77' } })).body
      .message,
  ).toMatch(/at least 8 characters/)
  expect(
    (await send('POST', '/register', { json: { username: 'ada', password: 'letmein123' } })).body
      .error,
  ).toBe('password_common')
  expect(
    (await send('POST', '/register', { json: { username: 'ada', password: 'eight ok' } })).status,
  ).toBe(200)
})

test('of a hundred registrations of one name at once exactly one succeeds', async () => {
  const { send, services } = await startServer()
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      send('POST', '/register', { json: { username: 'ada', password: PASSWORD } }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => ![200, 409, 429, 503].includes(status))).toEqual([])
  expect(services.users.byName('ada')).not.toBeNull()
})

test('whoever loses the race for a name is told that it is taken', async () => {
  const { send } = await startServer()
  const answers = await Promise.all(
    Array.from({ length: 15 }, () =>
      send('POST', '/register', { json: { username: 'ada', password: PASSWORD } }),
    ),
  )
  const codes = answers.map(({ status, body }) => (status === 200 ? 'made' : String(body.error)))
  expect(codes.filter((code) => code === 'made')).toHaveLength(1)
  expect(codes.filter((code) => code === 'username_taken')).toHaveLength(14)
})

test('where too many passwords are waiting to be hashed the answer is 503 at once, and refreshes go on', async () => {
  const { send, register } = await startServer()
  const { refresh_token } = await register()
  const names = Array.from({ length: 150 }, (_, index) => `user ${index}`)
  const answers = Promise.all(
    names.map((username) => send('POST', '/register', { json: { username, password: PASSWORD } })),
  )
  const refreshed = await Promise.all(
    Array.from({ length: 20 }, () => send('POST', '/refresh', { token: refresh_token })),
  )
  expect(refreshed.every(({ status }) => status === 200)).toBe(true)
  const all = await answers
  const busy = all.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(0)
  expect(busy[0]!.body.error).toBe('temporarily_unavailable')
  expect(Number(busy[0]!.headers['retry-after'])).toBeGreaterThan(0)
  expect(all.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(66)
})
