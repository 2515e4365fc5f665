import { expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import { settingsOf } from '../../src/core/settings-of-auth.ts'
import { createVerifiedCache } from '../../src/core/verified-cache.ts'
import { NOW, SECRET } from './forging.ts'

const name = (i: number) =>
  `token-${i}.`.padEnd(200, 'x') + Math.imul(i, 2654435761).toString(36).padStart(12, 'y')

test('a token is kept from the second add on, and its value is frozen', () => {
  const tokens = createVerifiedCache<{ i: number }>(1_000_000)
  tokens.add(name(1), { i: 1 })
  expect(tokens.get(name(1))).toBeUndefined()
  tokens.add(name(1), { i: 1 })
  expect(tokens.get(name(1))).toEqual({ i: 1 })
  expect(Object.isFrozen(tokens.get(name(1)))).toBe(true)
  expect(tokens.get(name(2))).toBeUndefined()
})

test('a token with the same end as a cached one is not found', () => {
  const tokens = createVerifiedCache<{ i: number }>(1_000_000)
  const [first, second] = [`one.${name(1)}`, `two.${name(1)}`]
  for (let twice = 0; twice < 2; twice++) tokens.add(first, { i: 1 })
  expect(tokens.get(second)).toBeUndefined()
  for (let twice = 0; twice < 2; twice++) tokens.add(second, { i: 2 })
  expect(tokens.get(second)).toEqual({ i: 2 })
  expect(tokens.get(first)).toBeUndefined()
  expect(tokens.get(name(1).slice(-8))).toBeUndefined()
})

test('tokens that alternate are all kept', () => {
  const tokens = createVerifiedCache<{ i: number }>(10_000_000)
  const all = Array.from({ length: 2000 }, (_, i) => i)
  for (let turns = 0; turns < 3; turns++)
    for (const i of all) if (tokens.get(name(i)) === undefined) tokens.add(name(i), { i })
  expect(all.filter((i) => tokens.get(name(i))?.i !== i)).toEqual([])
})

test('a flood of tokens that come once costs a token in use at most one miss', () => {
  const tokens = createVerifiedCache<{ i: number }>(100_000)
  const value = Object.freeze({ i: 0 })
  for (let twice = 0; twice < 2; twice++) tokens.add(name(0), value)
  for (let i = 1; i < 100_000; i++) tokens.add(name(i), { i })
  if (tokens.get(name(0)) === undefined) tokens.add(name(0), { i: 0 })
  expect(tokens.get(name(0))).toBe(value)
})

test('the cache stays within its size: unused entries are evicted, used ones stay', () => {
  const tokens = createVerifiedCache<{ i: number }>(100_000)
  const cachedCount = () =>
    Array.from({ length: 2000 }, (_, i) => i).filter(
      (i) => i !== 7 && tokens.get(name(i)) !== undefined,
    ).length
  for (let i = 0; i < 2000; i++) {
    for (let twice = 0; twice < 2; twice++) tokens.add(name(i), { i })
    if (i >= 7) expect(tokens.get(name(7))).toEqual({ i: 7 })
  }
  // The cache counts 824 bytes for each of these entries.
  expect(cachedCount()).toBeLessThanOrEqual(100_000 / 824)
})

test('with 0 bytes the cache is disabled', () => {
  const tokens = createVerifiedCache<{ i: number }>(0)
  for (let i = 0; i < 3; i++) tokens.add(name(1), { i: 1 })
  expect(tokens.get(name(1))).toBeUndefined()
})

test('refused tokens are never cached: expired, invalid, forged', () => {
  let now = NOW
  const auth = createAuth({ secret: SECRET, now: () => now })
  const token = auth.createAccessToken('ada', { expiresIn: 60 })
  now += 60_000
  for (let i = 0; i < 5; i++) {
    expect(auth.decodeToken(token, { allowExpired: true })).toMatchObject({ ok: true })
    expect(auth.decodeToken(`${token}x`)).toMatchObject({ code: 'token_invalid' })
  }
  expect(settingsOf(auth).verified.get(token)).toBeUndefined()
  expect(settingsOf(auth).verified.get(`${token}x`)).toBeUndefined()
  now -= 60_000
  for (let i = 0; i < 2; i++) expect(auth.checkToken(token)).toMatchObject({ ok: true })
  expect(settingsOf(auth).verified.get(token)).toBeDefined()
})
