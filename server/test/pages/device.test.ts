import { expect, test } from 'vitest'
import { LOCALES } from '../../src/shared/locales/index.ts'
import { deviceWithAddress, parseUserAgent, deviceText } from '../../src/shared/device.ts'
import { FIREFOX } from './views.ts'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const APPLE = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const MAC = 'Macintosh; Intel Mac OS X 10_15_7'
const IPHONE = 'iPhone; CPU iPhone OS 17_5 like Mac OS X'
const WINDOWS = 'Windows NT 10.0; Win64; x64'

test.each([
  ['Chrome', 'Windows', `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`],
  ['Chrome', 'macOS', `Mozilla/5.0 (${MAC}) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`],
  [
    'Chrome',
    'Linux',
    `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/126.0.0.0 Safari/537.36`,
  ],
  [
    'Chrome',
    'ChromeOS',
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`,
  ],
  [
    'Chrome',
    'Android',
    `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36`,
  ],
  [
    'Chrome',
    'iPhone',
    `Mozilla/5.0 (${IPHONE}) ${APPLE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1`,
  ],
  [
    'Edge',
    'Windows',
    `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`,
  ],
  [
    'Edge',
    'Android',
    `Mozilla/5.0 (Linux; Android 10; HD1913) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36 EdgA/126.0.0.0`,
  ],
  [
    'Edge',
    'iPhone',
    `Mozilla/5.0 (${IPHONE}) ${APPLE} Version/17.0 EdgiOS/126.0.2592.56 Mobile/15E148 Safari/604.1`,
  ],
  [
    'Opera',
    'Windows',
    `Mozilla/5.0 (${WINDOWS}) ${WEBKIT} Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0`,
  ],
  [
    'Samsung Internet',
    'Android',
    `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
  ],
  [
    'WeChat',
    'iPhone',
    `Mozilla/5.0 (${IPHONE}) ${APPLE} Mobile/15E148 MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN`,
  ],
  ['Firefox', 'Linux', FIREFOX],
  [
    'Firefox',
    'Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
  ],
  ['Firefox', 'Android', 'Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0'],
  [
    'Firefox',
    'iPad',
    `Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${APPLE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15`,
  ],
  ['Safari', 'macOS', `Mozilla/5.0 (${MAC}) ${APPLE} Version/17.5 Safari/605.1.15`],
  ['Safari', 'iPhone', `Mozilla/5.0 (${IPHONE}) ${APPLE} Version/17.5 Mobile/15E148 Safari/604.1`],
  ['curl', null, 'curl/8.5.0'],
  ['Python', null, 'python-requests/2.32.3'],
  ['Node.js', null, 'node'],
  ['Go', null, 'Go-http-client/2.0'],
  [null, null, 'a program of my own'],
  [null, null, ''],
  [null, null, undefined],
])('parseUserAgent: %s on %s', (program, system, userAgent) =>
  expect(parseUserAgent(userAgent)).toEqual({ program, system }),
)

test('parseUserAgent: only the first 512 characters are read', () => {
  expect(parseUserAgent(`${'x '.repeat(250)}Firefox/1`).program).toBe('Firefox')
  expect(parseUserAgent(`${'x '.repeat(300)}Firefox/1`).program).toBeNull()
})

test('deviceText and deviceWithAddress: both languages, parts may be missing', () => {
  expect(deviceText(FIREFOX, LOCALES.en)).toBe('Firefox on Linux')
  expect(deviceText(FIREFOX, LOCALES.zh)).toBe('Linux 上的 Firefox')
  expect(deviceText('curl/8.5.0', LOCALES.en)).toBe('curl')
  expect(deviceText('X11', LOCALES.en)).toBe('Linux')
  expect(deviceText(undefined, LOCALES.zh)).toBe('未知设备')
  expect(deviceWithAddress({ userAgent: FIREFOX, address: '::1' }, LOCALES.en)).toBe(
    'Firefox on Linux (::1)',
  )
  expect(deviceWithAddress({}, LOCALES.en)).toBe('Unknown device (unknown address)')
})
