/**
 * Starts the server with `npm start` and goes through one session over HTTP. Runs on Node 20 or
 * later.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const data = mkdtempSync(join(tmpdir(), 'latchkey-smoke-'))
const server = spawn('npm', ['start'], {
  cwd: join(import.meta.dirname, '..'),
  env: { ...process.env, PORT: '0', LATCHKEY_DATA: data },
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
})

try {
  const origin = await addressOf(server)
  const form = new URLSearchParams({ username: 'newcomer', password: 'seven quiet owls at noon' })
  expectStatus(await fetch(`${origin}/healthz`), 200)
  expectStatus(await fetch(`${origin}/register`, { method: 'POST', body: form }), 200)
  const tokens = await expectStatus(
    await fetch(`${origin}/login`, { method: 'POST', body: form }),
    200,
  ).json()
  expectStatus(await fetch(`${origin}/protected`, withToken(tokens.access_token)), 200)
  expectStatus(
    await fetch(`${origin}/refresh`, { method: 'POST', ...withToken(tokens.refresh_token) }),
    200,
  )
  expectStatus(
    await fetch(`${origin}/logout`, { method: 'POST', ...withToken(tokens.refresh_token) }),
    204,
  )
  expectStatus(await fetch(`${origin}/protected`, withToken(tokens.access_token)), 401)
  console.log('ok    npm start: register, sign in, refresh, sign out')
} catch (error) {
  console.log(`FAIL  npm start: ${error.message}`)
  process.exitCode = 1
} finally {
  if (server.pid !== undefined) process.kill(-server.pid, 'SIGTERM')
  rmSync(data, { recursive: true, force: true })
}

/** @param {string} token */
function withToken(token) {
  return { headers: { Authorization: `Bearer ${token}` } }
}

/** Resolves to the address that the server prints when it is ready. */
function addressOf({ stdout }) {
  return new Promise((resolve, reject) => {
    let printed = ''
    stdout.setEncoding('utf8').on('data', (text) => {
      printed += text
      const found = /http:\/\/[a-z0-9.[\]:]+:\d+/.exec(printed)
      if (found) resolve(found[0])
    })
    stdout.on('end', () => reject(new Error(`the server ended before it was ready:\n${printed}`)))
  })
}

function expectStatus(response, status) {
  if (response.status !== status)
    throw new Error(
      `${new URL(response.url).pathname} returned ${response.status}, expected ${status}`,
    )
  return response
}
