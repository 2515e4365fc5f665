/**
 * A process that uses the session of a file. It does what its parent asks, at the time that its
 * parent says: messages are `{ id, days, call }`.
 */
import { createClient, fileStorage } from 'latchkey/client/node'

const { ORIGIN: origin = '', FILE: path = '' } = process.env
const wallClock = Date.now
const monotonicClock = performance.now.bind(performance)
let offset = 0
Date.now = () => wallClock() + offset
performance.now = () => monotonicClock() + offset

const client = createClient({ origin, storage: fileStorage(path) })
const calls = {
  signIn: () => client.signIn({ name: 'ann' }),
  fetch: async () => (await client.fetch(`${origin}/orders`)).status,
  state: async () => (await client.ready).status,
}

process.on(
  'message',
  ({ id, days, call }: { id: number; days: number; call: keyof typeof calls }) => {
    offset = days * 86_400_000
    calls[call]().then(
      (result) => process.send!({ id, result }),
      (error: Error) => process.send!({ id, result: `${error.name} ${error.message}` }),
    )
  },
)
