/** One of several processes that rotate the same session, as fast as they can, up to a generation. It prints each rotation that it won. */
import { writeSync } from 'node:fs'
import { rotationTo } from '../../src/testing/store-cases/case.ts'
import { openStore, type Place } from './engines.ts'

const [place, id, last] = process.argv.slice(2) as [string, string, string]
const { store, close } = await openStore(JSON.parse(place) as Place)
for (;;) {
  const row = await store.read(id)
  if (row === null || row.generation >= Number(last)) break
  if (await store.rotate(id, row, rotationTo(row.generation + 1)))
    writeSync(1, `${row.generation + 1}\n`)
}
await close()
