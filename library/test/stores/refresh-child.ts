/**
 * Refreshes one session in an endless loop, a minute of its clock apart, and prints each refresh
 * token. The test kills this process.
 */
import { writeSync } from 'node:fs'
import { createAuthCore } from '../../src/core/auth.ts'
import { NOW } from '../../src/testing/store-cases/case.ts'
import { openStore, type StoreAddress } from './engines.ts'

const { store } = await openStore(JSON.parse(process.argv[2]!) as StoreAddress)
let now = NOW
const auth = createAuthCore({
  secret: 'a secret of more than thirty-two bytes',
  store,
  now: () => now,
})
let { refreshToken } = await auth.signIn('ada')
for (;;) {
  now += 60_000
  const outcome = await auth.refresh(refreshToken)
  if (!outcome.ok) throw new Error(outcome.code)
  ;({ refreshToken } = outcome.tokens)
  writeSync(1, `${refreshToken}\n`)
}
