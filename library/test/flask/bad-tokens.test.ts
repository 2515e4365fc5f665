import { expect, test } from 'vitest'
import { askLatchkey } from './ask-latchkey.ts'
import { BAD_TOKENS } from './bad-tokens.ts'

const NOW = 1_800_000_000

test.each(BAD_TOKENS)('$name: $status', async ({ config, token, path, status, message }) => {
  const headers = { authorization: `Bearer ${token(NOW)}` }
  const response = await askLatchkey(
    config ?? {},
    { headers, ...(path !== undefined && { path }) },
    { now: () => NOW * 1000 },
  )
  expect(response.status === 200 ? { status: 200 } : response).toEqual(
    status === 200 ? { status } : { status, body: { msg: message } },
  )
})
