import { createAuth } from 'latchkey'
import { expect, test } from 'vitest'
import { isOwnOrigin } from '../../src/http/own-origin.ts'
import { request } from './request.ts'

interface Head {
  headers: Record<string, string>
  url?: string
  secure?: boolean
  hostname?: string
}
const isOwn = (origin: string, { headers, ...rest }: Head): boolean =>
  isOwnOrigin(origin, { ...request({ method: 'POST', headers }), ...rest })

const PLAIN: Head = { headers: { host: 'app.example' } }
const LAN: Head = { headers: { host: '192.168.1.7:3000' } }
const TLS: Head = { headers: { host: 'app.example' }, secure: true }
const BEHIND_TLS: Head = { headers: { host: 'app.example', 'x-forwarded-proto': 'https, http' } }
const FORWARDED = { host: 'node:3000', 'x-forwarded-host': 'app.example:8443, inner' }

test.each<[origin: string, head: Head, expected: boolean]>([
  ['https://app.example', PLAIN, true],
  ['http://app.example', PLAIN, true],
  ['https://APP.example', PLAIN, true],
  ['https://app.example:8443', PLAIN, false],
  ['https://app.example.evil.example', PLAIN, false],
  ['https://evil.example', PLAIN, false],
  ['https://example', PLAIN, false],
  ['null', PLAIN, false],
  ['', PLAIN, false],
  ['capacitor://app.example', PLAIN, false],
  ['https://app.example', { headers: { host: 'App.Example:443' } }, true],
  ['http://app.example', { headers: { host: 'app.example:80' } }, true],
  ['http://app.example', { headers: { host: 'app.example:443' } }, false],
  ['http://192.168.1.7:3000', LAN, true],
  ['http://192.168.1.7', LAN, false],
  ['http://192.168.1.8:3000', LAN, false],
  ['http://[::1]:3000', { headers: { host: '[::1]:3000' } }, true],
  ['https://app.example', TLS, true],
  ['http://app.example', TLS, false],
  ['https://app.example', BEHIND_TLS, true],
  ['http://app.example', BEHIND_TLS, false],
  ['https://app.example', { headers: {}, url: 'https://app.example/login' }, true],
  ['http://app.example', { headers: {}, url: 'https://app.example/login' }, false],
  ['https://app.example', { headers: {}, url: '/login' }, false],
  ['https://app.example:8443', { headers: FORWARDED }, false],
  ['https://app.example:8443', { headers: FORWARDED, hostname: 'node' }, false],
  ['https://app.example:8443', { headers: FORWARDED, hostname: 'app.example' }, true],
  ['https://evil.example', { headers: { host: 'app.example@evil.example' } }, false],
  ['https://evil.example', { headers: { host: 'evil.example/app.example' } }, false],
])('%s, %j: %s', (origin, head, expected) => {
  expect(isOwn(origin, head)).toBe(expected)
})

test('option ownOrigins: the header Host is not consulted', () => {
  const auth = createAuth({
    secret: 'a secret of more than thirty-two bytes',
    ownOrigins: ['https://app.example'],
  })
  const codeFor = (origin: string, host: string) =>
    auth.checkOrigin({ method: 'POST', headers: { origin, host } })?.code
  expect(codeFor('https://app.example', 'evil.example')).toBeUndefined()
  for (const origin of ['https://evil.example', 'http://app.example', 'https://app.example:444'])
    expect(codeFor(origin, new URL(origin).host)).toBe('csrf_refused')
})
