import { homedir } from 'node:os'
import { join } from 'node:path'
import { createClient, fileStorage } from 'latchkey/client/node'

const { ORIGIN: origin = 'https://orders.example.com' } = process.env
const client = createClient({
  origin,
  storage: fileStorage(join(homedir(), '.config/orders/session.json')),
})
const [username, password] = process.argv.slice(2)
if (username) {
  const result = await client.signIn({ username, password })
  if (!result.ok) throw new Error(result.message)
}
console.log(await (await client.fetch(`${origin}/me`)).text())
