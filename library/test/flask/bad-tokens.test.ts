import { expect, test } from 'vitest'
import { askUs } from './ask.ts'
import { BAD_TOKENS } from './bad-tokens.ts'

const NOW = 1_800_000_000

test.each(BAD_TOKENS)('$name', async ({ config, token, path, status, message }) => {
  const headers = { authorization: `Bearer ${token(NOW)}` }
  const answer = await askUs(
    config ?? {},
    { headers, ...(path !== undefined && { path }) },
    { now: () => NOW * 1000 },
  )
  expect(answer.status === 200 ? { status: 200 } : answer).toEqual(
    status === 200 ? { status } : { status, body: { msg: message } },
  )
})
