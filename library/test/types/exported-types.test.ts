/** The built package, in `dist`: every type that a user meets can be imported. */
import { expect, test } from 'vitest'
import { missingTypes } from './exported-types.mjs'

test('types in the signatures of an entry: each can be imported from that entry', async () => {
  expect(await missingTypes()).toEqual([])
})
