import { expect, test } from 'vitest'
import { PASSWORD, startServer } from './server.ts'

test('registration: signs the user in', async () => {
  const { send } = await startServer()
  const { status, body } = await send('POST', '/register', {
    json: { username: 'ada', password: PASSWORD },
  })
  expect(status).toBe(200)
  const seen = await send('GET', '/protected', { token: String(body.access_token) })
  expect([seen.status, seen.body]).toEqual([200, { logged_in_as: 'ada' }])
})

test('start: there are no default accounts', async () => {
  const { services } = await startServer()
  expect(services.users.isEmpty()).toBe(true)
})

test('registration: a taken username is 409, in any case and Unicode form', async () => {
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
  ['more than 64 characters', 'x'.repeat(65)],
  ['a control character', 'a\u0000da'],
  ['a line break', 'ada\nadmin'],
  ['a leading space', ' ada'],
  ['a trailing space', 'ada '],
  ['only a zero-width space', '\u200b'],
  ['a bidirectional override', 'ada\u202enimda'],
  ['an invisible letter', 'ada\u3164'],
  ['a lone surrogate', 'ada\ud800'],
  ['a blank of Braille', 'ada\u2800'],
  ['a musical sign that is blank', '\u{1d159}'],
  ['a mark on nothing', '\u0301'],
  ['a mark on a space', 'ada \u0301b'],
  ['a replacement character', '\ufffd'],
  ['a private character', 'ada\ue000'],
])('registration: a username with %s is refused', async (_name, username) => {
  const { send } = await startServer()
  const { status, body } = await send('POST', '/register', {
    json: { username, password: PASSWORD },
  })
  expect([status, body.error]).toEqual([422, 'username_invalid'])
})

test.each(['аda', 'adа', 'Ωmega', 'paypаl', 'שalom', 'ада1o'])(
  'registration: the username %s mixes scripts',
  async (username) => {
    const { send } = await startServer()
    const { status, body } = await send('POST', '/register', {
      json: { username, password: PASSWORD },
    })
    expect([status, body.error]).toEqual([422, 'username_mixed'])
  },
)

test.each([
  ['modern', 'rnodern'],
  ['ada', 'ɑdɑ'],
  ['соре', 'cope'],
  ['person1', 'personl'],
])('registration: after %s, the look-alike %s is taken', async (first, second) => {
  const { send, register } = await startServer()
  await register(first)
  const { status, body } = await send('POST', '/register', {
    json: { username: second, password: PASSWORD },
  })
  expect([status, body.error]).toEqual([409, 'username_taken'])
})

test.each(['admin', 'Root', 'ＳＵＰＰＯＲＴ', 'rооt', 'latchkey', 'no-reply'])(
  'registration: the username %s is not for everybody',
  async (username) => {
    const { send } = await startServer()
    const { status, body } = await send('POST', '/register', {
      json: { username, password: PASSWORD },
    })
    expect([status, body.error]).toEqual([
      422,
      username === 'rооt' ? 'username_mixed' : 'username_reserved',
    ])
  },
)

test.each([
  'x',
  'Ada Lovelace',
  '李雷',
  'Žluťoučký kůň',
  'ada@mail.example',
  '🦊',
  'x'.repeat(64),
  'анна',
  'שירה',
  'شيماء',
  'ひろし',
  'タロウ東京',
  '김민준',
  'Nguyễn',
  'ışıl',
  'ਸਿੰਘ',
  'สมชาย',
])('registration: the username %s is accepted', async (username) => {
  const { send } = await startServer()
  const { body } = await send('POST', '/register', { json: { username, password: PASSWORD } })
  expect((await send('GET', '/protected', { token: String(body.access_token) })).body).toEqual({
    logged_in_as: username,
  })
})

test.each([
  ['password_too_short', 'fourteen chars'],
  ['password_too_short', '👩‍🚀👩‍🚀👩‍🚀'],
  ['password_too_long', 'long '.repeat(60)],
  ['password_too_long', '漢'.repeat(100) + '🦊'.repeat(200)],
  ['password_personal', 'ada ada ada ada ada'],
  ['password_personal', 'latchkey-ada-latchkey'],
  ['password_personal', 'localhost-2026-latchkey!'],
  ['password_common', 'Password12345678!'],
  ['password_common', 'P@ssw0rd-P@ssw0rd'],
  ['password_common', 'iloveyouiloveyou1'],
  ['password_common', '!!letmeinletmein123'],
  ['password_common', 'SunshineSunshine26'],
  ['password_common', 'starwars2026starwars'],
  ['password_common', '123456789012345a'],
  ['password_common', 'aaaaaaaaaaaaaaaaaaa'],
  ['password_common', 'abcabcabcabcabcabc'],
  ['password_common', 'PasswordPassword'],
  ['password_common', '123456789012345'],
  ['password_common', '9876543210987654'],
  ['password_common', 'qwertyuiopasdfgh'],
  ['password_common', 'abcdefghijklmnopq'],
  ['password_common', 'Correct Horse Battery Staple'],
  ['password_common', 'the-quick-brown-fox-jumps'],
])('registration: %s for the password %s', async (code, password) => {
  const { send, hashing } = await startServer()
  const { status, body } = await send('POST', '/register', { json: { username: 'ada', password } })
  expect([status, body.error]).toEqual([422, code])
  expect(hashing.hashed).toBe(0)
})

test.each([
  'fifteen letters',
  '我家门前有一条小河通向远方的海',
  'x7'.repeat(7) + '!q',
  ' spaces count as well ',
  'all lower case and no digit',
  'ada and a kestrel in moss',
  '83749261057392640',
  'a'.repeat(100) + 'ordinary words after',
])('registration: the password %s is accepted', async (password) => {
  const { send } = await startServer()
  expect(
    (await send('POST', '/register', { json: { username: 'somebody', password } })).status,
  ).toBe(200)
  expect((await send('POST', '/login', { json: { username: 'somebody', password } })).status).toBe(
    200,
  )
})

test('registration: the minimum password length is a setting, named in the message', async () => {
  const { send } = await startServer({ LATCHKEY_PASSWORD_MIN: '8' })
  expect(
    (await send('POST', '/register', { json: { username: 'ada', password: 'seven77' } })).body
      .message,
  ).toMatch(/at least 8 characters/)
  for (const password of ['letmein123', 'Passw0rd!', 'Summer2026!', 'trustno1', 'dragonmonkey'])
    expect(
      (await send('POST', '/register', { json: { username: 'ada', password } })).body.error,
    ).toBe('password_common')
  expect(
    (await send('POST', '/register', { json: { username: 'ada', password: 'eight ok' } })).status,
  ).toBe(200)
})

test('registration: of 100 concurrent ones with the same username, one succeeds', async () => {
  const { send, services } = await startServer()
  const responses = await Promise.all(
    Array.from({ length: 100 }, () =>
      send('POST', '/register', { json: { username: 'ada', password: PASSWORD } }),
    ),
  )
  const statuses = responses.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => ![200, 409, 429, 503].includes(status))).toEqual([])
  expect(services.users.byName('ada')).not.toBeNull()
})

test('registration: those that lose the race for a username get username_taken', async () => {
  const { send } = await startServer()
  const responses = await Promise.all(
    Array.from({ length: 15 }, () =>
      send('POST', '/register', { json: { username: 'ada', password: PASSWORD } }),
    ),
  )
  const codes = responses.map(({ status, body }) =>
    status === 200 ? 'created' : String(body.error),
  )
  expect(codes.filter((code) => code === 'created')).toHaveLength(1)
  expect(codes.filter((code) => code === 'username_taken')).toHaveLength(14)
})

test('registration: with a full hash queue 503 at once, while refreshes still work', async () => {
  // The addresses of clients are unknown, so that these are not limited by address.
  const { send, register } = await startServer({ LATCHKEY_ORIGIN: 'https://sign-in.example' })
  const { refresh_token } = await register()
  const names = Array.from({ length: 150 }, (_, index) => `user ${index}`)
  const responses = Promise.all(
    names.map((username) => send('POST', '/register', { json: { username, password: PASSWORD } })),
  )
  const refreshed = await Promise.all(
    Array.from({ length: 20 }, () => send('POST', '/refresh', { token: refresh_token })),
  )
  expect(refreshed.every(({ status }) => status === 200)).toBe(true)
  const all = await responses
  const busy = all.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(0)
  expect(busy[0]!.body.error).toBe('temporarily_unavailable')
  expect(Number(busy[0]!.headers['retry-after'])).toBeGreaterThan(0)
  expect(all.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(18)
})
