/**
 * Waits for a line on stdin, then refreshes one token many times at once. Prints each outcome and
 * each event.
 */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createAuthCore } from '../../src/core/auth.ts'
import { MINUTE, NOW } from '../../src/testing/store-cases/case.ts'
import { openStore, type StoreAddress } from './engines.ts'

const [address, token, times] = process.argv.slice(2) as [string, string, string]
const { store, close } = await openStore(JSON.parse(address) as StoreAddress)
const print = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)
const auth = createAuthCore({
  secret: 'a secret of more than thirty-two bytes',
  store,
  now: () => NOW + MINUTE,
  onEvent: ({ type }) => print({ event: type }),
})
print({ ready: true })
await once(process.stdin, 'data')
await Promise.all(
  Array.from({ length: Number(times) }, async () => {
    const outcome = await auth.refresh(token, {
      attempts: { attempt: 'one attempt', previous: null },
    })
    print(outcome.ok ? { refreshToken: outcome.tokens.refreshToken } : { refused: outcome.code })
  }),
)
await close()
process.stdin.destroy()
