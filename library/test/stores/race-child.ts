/**
 * One of several processes that rotate the same session as fast as they can, up to a given
 * generation. Prints each generation that it wrote.
 */
import { writeSync } from 'node:fs'
import { rotationTo } from '../../src/testing/store-cases/case.ts'
import { openStore, type StoreAddress } from './engines.ts'

const [address, id, last] = process.argv.slice(2) as [string, string, string]
const { store, close } = await openStore(JSON.parse(address) as StoreAddress)
for (;;) {
  const row = await store.read(id)
  if (row === null || row.generation >= Number(last)) break
  if (await store.rotate(id, row, rotationTo(row.generation + 1)))
    writeSync(1, `${row.generation + 1}\n`)
}
await close()
