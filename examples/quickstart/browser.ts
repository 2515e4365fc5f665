import { createClient } from 'latchkey/client'

const client = createClient()
await client.signIn({ username: 'ada', password: 'correct horse' })
document.body.textContent = await (await client.fetch('/me')).text()
