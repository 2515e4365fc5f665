import { storeContract } from 'latchkey/testing'
import { memoryStore } from 'latchkey/stores/memory'
import { test } from 'vitest'

storeContract({
  test,
  durable: false,
  makeStore: () => ({ store: memoryStore(), close: () => {} }),
})
