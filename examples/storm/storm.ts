/** `npx node examples/storm/storm.ts`: runs a storm on our own server and prints the score. */
import type { AddressInfo } from 'node:net'
import { formatScore, runStorm } from 'latchkey-storm'
import { createSignInServer } from './server.ts'
import { stackAt } from './stack.ts'

let clock = Date.now
const server = createSignInServer(() => clock())
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const { port } = server.address() as AddressInfo
const score = await runStorm(
  (now) => {
    clock = now
    return stackAt(`http://127.0.0.1:${port}`)
  },
  { seed: 7, refreshes: 300, browsers: 20 },
)
console.log(formatScore(score))
server.closeAllConnections()
server.close()
