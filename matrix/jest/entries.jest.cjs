/* Jest loads CommonJS by default. */
const { randomBytes } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')

const folder = dirname(require.resolve('latchkey/package.json'))
const { exports: entries } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const specifiers = Object.keys(entries)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => entry.replace(/^\./, 'latchkey'))

test.each(specifiers)('%s can be required', (specifier) => {
  expect(Object.keys(require(specifier)).length).toBeGreaterThan(0)
})

test('a session begins, is refreshed and ends', async () => {
  const { createAuth } = require('latchkey')
  const { memoryStore } = require('latchkey/stores/memory')
  const auth = createAuth({ secret: randomBytes(32), store: memoryStore() })
  const tokens = await auth.signIn('ada')
  const refreshed = await auth.refresh(tokens.refreshToken)
  expect(refreshed.ok).toBe(true)
  await auth.signOut(tokens.sessionId)
  expect(await auth.refresh(tokens.refreshToken)).toMatchObject({ code: 'session_signed_out' })
  auth.close()
})
