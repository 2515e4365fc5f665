import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeNext, withLang } from '../../src/pages/return-path.ts'

test.each([
  ['/', '/'],
  ['/account', '/account'],
  ['/tokens?lang=zh#renewals', '/tokens?lang=zh#renewals'],
  ['/a/../tokens', '/tokens'],
  ['/search?q=a%20b&r=%2F', '/search?q=a%20b&r=%2F'],
  ['/账户', '/%E8%B4%A6%E6%88%B7'],
])('safeNext: %s is a path on this site', (value, address) => expect(safeNext(value)).toBe(address))

test.each([
  '',
  'account',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  'https:evil.example',
  'https://evil.example',
  'https:/evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '/\t/evil.example',
  '\t//evil.example',
  '/\n/evil.example',
  ' //evil.example',
  '/%09/evil.example',
  '/%0d%0aSet-Cookie:a=b',
  '/%5cevil.example',
  '/%2fevil.example',
  '/%2F%2Fevil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  '/x\u0000',
  '/%E0%A4%A',
  `/${'a'.repeat(2000)}`,
  undefined,
  null,
  7,
  ['/account'],
  { toString: () => '/tokens' },
])('safeNext: %j becomes /account', (value) => expect(safeNext(value)).toBe('/account'))

const SITE = 'https://app.example'
const parts = fc.constantFrom(
  '/',
  '\\',
  '.',
  '..',
  ':',
  '@',
  '%2f',
  '%5c',
  '%09',
  '\t',
  '\n',
  ' ',
  '?',
  '#',
  'evil.example',
  'https:',
  'a',
  '\u00a0',
  '／',
)

test('safeNext: any input leads to this site, and the result is a safe header value', () => {
  const input = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(parts, { maxLength: 8 }).map((list) => list.join('')),
  )
  fc.assert(
    fc.property(input, (value) => {
      const next = safeNext(value)
      expect(new URL(next, SITE).origin).toBe(SITE)
      expect(next).toMatch(/^\/(?!\/)[!-~]*$/)
      expect(safeNext(next)).toBe(next)
    }),
    { numRuns: 3000 },
  )
})

test('withLang: keeps the path and query, with one lang parameter', () => {
  expect(withLang('/login?next=%2Ftokens&lang=zh', 'en')).toBe('/login?next=%2Ftokens&lang=en')
  expect(withLang('/account', 'zh')).toBe('/account?lang=zh')
  expect(withLang('//evil.example/x', 'zh')).toBe('/account?lang=zh')
})
