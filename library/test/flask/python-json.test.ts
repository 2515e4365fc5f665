import { expect, test } from 'vitest'
import { JsonDecodeError, loads } from '../../src/flask/python-json.ts'

/** The errors of `bytes.fromhex(…).decode()` in Python 3. */
const ERRORS: Array<[hex: string, message: string]> = [
  ['80', "'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte"],
  ['2241c0af22', "'utf-8' codec can't decode byte 0xc0 in position 2: invalid start byte"],
  ['22f522', "'utf-8' codec can't decode byte 0xf5 in position 1: invalid start byte"],
  ['22c422', "'utf-8' codec can't decode byte 0xc4 in position 1: invalid continuation byte"],
  ['22e08080', "'utf-8' codec can't decode byte 0xe0 in position 1: invalid continuation byte"],
  ['22e28222', "'utf-8' codec can't decode bytes in position 1-2: invalid continuation byte"],
  ['22f48fbf22', "'utf-8' codec can't decode bytes in position 1-3: invalid continuation byte"],
  ['22f4908080', "'utf-8' codec can't decode byte 0xf4 in position 1: invalid continuation byte"],
  ['22e282', "'utf-8' codec can't decode bytes in position 1-2: unexpected end of data"],
  ['22c3', "'utf-8' codec can't decode byte 0xc3 in position 1: unexpected end of data"],
]
test.each(ERRORS)('loads(%s) fails: %s', (hex, message) =>
  expect((loads(Buffer.from(hex, 'hex')) as JsonDecodeError).message).toBe(message),
)

test('loads accepts and rejects the same JSON as Python', () => {
  const read = (text: string) => loads(Buffer.from(text))
  expect(read('\ufeff {"a" : [1, -0.5e2, "\\u00e9\\n", NaN, -Infinity, {}], "a": 2}')).toEqual({
    a: 2,
  })
  expect(read('[NaN, Infinity, true, null]')).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    null,
  ])
  for (const text of ['01', '1.', '.5', '+1', "'a'", '{"a":1,}', '[1,]', 'nul', ''])
    expect(read(text)).toBeInstanceOf(JsonDecodeError)
})
