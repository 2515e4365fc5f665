/** Refreshes one token many times at once when it is told to, and prints each outcome and each event. */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createAuthCore } from '../../src/core/auth.ts'
import { MINUTE, NOW } from '../../src/testing/store-cases/case.ts'
import { openStore, type Place } from './engines.ts'

const [place, token, times] = process.argv.slice(2) as [string, string, string]
const { store, close } = await openStore(JSON.parse(place) as Place)
const say = (said: object) => writeSync(1, `${JSON.stringify(said)}\n`)
const auth = createAuthCore({
  secret: 'a secret of more than thirty-two bytes',
  store,
  now: () => NOW + MINUTE,
  onEvent: ({ type }) => say({ event: type }),
})
say({ ready: true })
await once(process.stdin, 'data')
await Promise.all(
  Array.from({ length: Number(times) }, async () => {
    const outcome = await auth.refresh(token, {
      attempts: { attempt: 'one attempt', previous: null },
    })
    say(outcome.ok ? { refreshToken: outcome.tokens.refreshToken } : { refused: outcome.code })
  }),
)
await close()
process.stdin.destroy()
