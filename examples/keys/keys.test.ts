import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuth, type KeySource } from 'latchkey'
import { run } from '../testing.ts'

const program = (name: string) => join(import.meta.dirname, name)
const folder = mkdtempSync(join(tmpdir(), 'latchkey-keys-'))
const [newKey, oldKey] = [join(folder, 'new.json'), join(folder, 'old.pem')]
const oldPem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString()

let issuer: Awaited<ReturnType<typeof run>>
let service: Awaited<ReturnType<typeof run>>
beforeAll(async () => {
  writeFileSync(newKey, execFileSync(process.execPath, [program('make-key.ts')]))
  writeFileSync(oldKey, oldPem)
  issuer = await run(program('issuer.ts'), {
    cwd: folder,
    args: [newKey, oldKey],
    env: { SECRET: 'a secret that only the tests know, and long enough' },
  })
  service = await run(program('service.ts'), {
    cwd: folder,
    env: { JWKS: `${issuer.origin}/.well-known/jwks.json` },
  })
})
afterAll(async () => {
  await Promise.all([issuer.stop(), service.stop()])
  rmSync(folder, { recursive: true })
})

const send = async (token: string) => {
  const response = await fetch(service.origin, { headers: { authorization: `Bearer ${token}` } })
  return [response.status, ((await response.json()) as { hello?: string; error?: string }).hello]
}

const tokenSignedWith = (key: KeySource) =>
  createAuth({ keys: [key], issuer: 'https://id.example', audience: 'shop' }).createAccessToken(
    'ada',
  )

test('service: a token of the issuer is accepted, and its identity names the issuer', async () => {
  const credentials = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'correct horse' }),
  }
  const { access_token: token } = (await (
    await fetch(`${issuer.origin}/login`, credentials)
  ).json()) as { access_token: string }
  expect(await send(token)).toEqual([200, 'https://id.example#ada'])
  expect(await send(`${token}x`)).toEqual([401, undefined])
})

test('service: the previous key is still accepted, an unpublished key is not', async () => {
  expect(await send(tokenSignedWith({ pem: oldPem, alg: 'ES256' }))).toEqual([
    200,
    'https://id.example#ada',
  ])
  expect(
    await send(tokenSignedWith({ key: generateKeyPairSync('ed25519').privateKey, alg: 'Ed25519' })),
  ).toEqual([401, undefined])
})
