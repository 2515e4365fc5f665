/**
 * Signs in, refreshes and signs out in an endless loop: three refreshes for each sign-in, and a
 * sign-out for every second one. Prints each change once the store has confirmed it. The test kills
 * this process.
 */
import { writeSync } from 'node:fs'
import { createIn, endAt, NOW, rotationTo } from '../../src/testing/store-cases/case.ts'
import { openStore, type StoreAddress } from './engines.ts'

const { store } = await openStore(JSON.parse(process.argv[2]!) as StoreAddress)
const print = (change: {
  id: string
  operation: 'create' | 'rotate' | 'end'
  generation: number
}) => writeSync(1, `${JSON.stringify(change)}\n`)
for (let round = 0; ; round++) {
  const session = await createIn(store)
  const { id } = session
  print({ id, operation: 'create', generation: 0 })
  for (const generation of [1, 2, 3]) {
    await store.rotate(
      id,
      generation === 1 ? session : rotationTo(generation - 1),
      rotationTo(generation),
    )
    print({ id, operation: 'rotate', generation })
  }
  if (round % 2 === 0) {
    await store.end(id, endAt(NOW + round))
    print({ id, operation: 'end', generation: 3 })
  }
}
