import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startServer } from './server.ts'

const SRC = join(import.meta.dirname, '../src')

test('every way in ends in the one function that starts sessions', () => {
  const files = globSync('**/*.ts', { cwd: SRC }).filter((file) =>
    /\.signIn\((?!who)/.test(readFileSync(join(SRC, file), 'utf8')),
  )
  expect(files).toEqual(['http/complete-sign-in.ts'])
})

test('tokens say how the person signed in', async () => {
  const server = await startServer()
  const { access_token: token } = await server.register()
  const { body } = await server.send('GET', '/session', { token })
  expect(body).toMatchObject({ access: { claims: { amr: ['pwd'] } } })
})
