import { expect, test } from 'vitest'
import { oldNodeMessage } from '../src/node-version.ts'
import { Jar, BROWSER } from './client.ts'
import { DAY, PASSWORD, startServer, type TestServer } from './server.ts'

const register = (server: TestServer, username: string, invitation?: string) =>
  server.send('POST', '/register', { json: { username, password: PASSWORD, invitation } })

test('registration closed: nobody can create an account, and pages say so', async () => {
  const server = await startServer({ LATCHKEY_REGISTRATION: 'closed' })
  const { status, body } = await register(server, 'ada')
  expect([status, body.error]).toEqual([403, 'registration_closed'])
  expect(server.hashing.hashed).toBe(0)
  const page = async (path: string) => (await server.send('GET', path, { headers: BROWSER })).text
  expect(await page('/login')).not.toContain('/register')
  expect(await page('/register')).toContain('New accounts cannot be created here.')
})

test('registration by invitation: one account for each', async () => {
  const server = await startServer({ LATCHKEY_REGISTRATION: 'invite' })
  const { invitations } = server.services
  expect((await register(server, 'ada')).body.error).toBe('invitation_invalid')
  const invitation = invitations.create()
  const forged = invitation.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  const other = (await startServer({ LATCHKEY_REGISTRATION: 'invite' })).services.invitations
  for (const text of [forged.replace(/^./, '_'), other.create(), 'x'.repeat(10_000), '..'])
    expect((await register(server, 'ada', text)).body.error, text).toBe('invitation_invalid')
  // A refusal for another reason does not use it up.
  expect((await register(server, ' ada', invitation)).body.error).toBe('username_invalid')
  expect((await register(server, 'ada', invitation)).status).toBe(200)
  expect((await register(server, 'bob', invitation)).body.error).toBe('invitation_invalid')
})

test('registration by invitation: of two that use it at once, one succeeds', async () => {
  const server = await startServer({ LATCHKEY_REGISTRATION: 'invite' })
  const invitation = server.services.invitations.create()
  const responses = await Promise.all(
    ['ada', 'bob', 'eve'].map((name) => register(server, name, invitation)),
  )
  expect(responses.map(({ status }) => String(status)).toSorted()).toEqual(['200', '403', '403'])
})

test('registration by invitation: good for seven days', async () => {
  const server = await startServer({ LATCHKEY_REGISTRATION: 'invite' })
  const invitation = server.services.invitations.create()
  server.clock.advance(7 * DAY)
  expect((await register(server, 'ada', invitation)).body.error).toBe('invitation_invalid')
})

test('registration by invitation: the form keeps the invitation of the link', async () => {
  const server = await startServer({ LATCHKEY_REGISTRATION: 'invite' })
  const invitation = server.services.invitations.create()
  const page = await server.send('GET', `/register?invitation=${invitation}`, { headers: BROWSER })
  expect(page.text).toContain(`name="invitation" value="${invitation}"`)
  const jar = new Jar()
  const form = { username: 'ada', password: PASSWORD, invitation, mode: 'cookie' }
  const { status } = await server.send('POST', '/register', {
    form,
    headers: { ...BROWSER, 'sec-fetch-site': 'same-origin' },
    jar,
  })
  expect(status).toBe(303)
  expect((await server.send('GET', '/protected', { jar })).body).toEqual({ logged_in_as: 'ada' })
})

test('an old Node is named', () => {
  expect(oldNodeMessage('20.20.2')).toMatch(/needs Node 22\.13 or later. This is Node 20\.20\.2/)
  expect(oldNodeMessage('22.12.0')).not.toBeNull()
  for (const version of ['22.13.0', '24.0.0', '26.1.0']) expect(oldNodeMessage(version)).toBeNull()
})
