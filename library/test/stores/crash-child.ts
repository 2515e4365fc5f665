/**
 * Signs in, refreshes and signs out without end, each sign-in with three refreshes, and every second one with a sign-out.
 * It prints each change after it was answered, and waits for nobody. Somebody will kill it.
 */
import { writeSync } from 'node:fs'
import { createIn, endAt, NOW, rotationTo } from '../../src/testing/store-cases/case.ts'
import { openStore, type Place } from './engines.ts'

const { store } = await openStore(JSON.parse(process.argv[2]!) as Place)
const say = (change: { id: string; did: 'create' | 'rotate' | 'end'; generation: number }) =>
  writeSync(1, `${JSON.stringify(change)}\n`)
for (let round = 0; ; round++) {
  const session = await createIn(store)
  const { id } = session
  say({ id, did: 'create', generation: 0 })
  for (const generation of [1, 2, 3]) {
    await store.rotate(
      id,
      generation === 1 ? session : rotationTo(generation - 1),
      rotationTo(generation),
    )
    say({ id, did: 'rotate', generation })
  }
  if (round % 2 === 0) {
    await store.end(id, endAt(NOW + round))
    say({ id, did: 'end', generation: 3 })
  }
}
