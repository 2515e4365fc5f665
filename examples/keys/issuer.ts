/**
 * Signs in users with keys from files: `node issuer.ts new.json old.json`. The first key signs; all
 * of them are accepted and published.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth, type KeySource } from 'latchkey'
import { routes } from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'
import { isPasswordOf } from '../quickstart/users.ts'

function keyIn(file: string): KeySource {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.pem') ? { pem: text, alg: 'ES256' } : (JSON.parse(text) as KeySource)
}

const auth = createAuth({
  keys: process.argv.slice(2).map(keyIn),
  secret: process.env.SECRET,
  store: memoryStore(),
  issuer: 'https://id.example',
  audience: 'shop',
})
const handleAuth = routes(auth, {
  signIn: ({ username, password }) => (isPasswordOf(username, password) ? String(username) : null),
})

const server = createServer(async (request, response) => {
  if (!(await handleAuth(request, response))) response.writeHead(404).end()
})
server.listen(Number(process.env.PORT ?? 4000), () =>
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`),
)
