import { createClient } from 'latchkey/client'
import { withTicket } from 'latchkey/client/ticket'

const client = createClient()
await client.signIn({ username: 'ada', password: 'correct horse' })

/**
 * Opens a stream with a new ticket. A ticket opens one connection only, so the automatic reconnect
 * of `EventSource`, which would send the same ticket again, is replaced by a new connection.
 */
async function connect(): Promise<void> {
  const stream = new EventSource(await withTicket(client, '/news', { audience: '/news' }))
  stream.addEventListener('message', ({ data }) => document.body.append(`${data}. `))
  stream.addEventListener('error', () => {
    stream.close()
    if (client.state.status === 'signed-in') setTimeout(() => void connect().catch(report), 1000)
  })
}

const report = (error: Error): void => document.body.append(`${error.message}. `)
await connect().catch(report)
client.subscribe(({ status, reason }) =>
  document.body.append(status === 'signed-out' ? `Over: ${reason}. ` : ''),
)
