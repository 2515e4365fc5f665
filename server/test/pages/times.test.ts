import { expect, test } from 'vitest'
import {
  formatClock,
  formatRelative,
  formatInstant,
  formatDuration,
} from '../../src/shared/times.ts'
import { iso, NOW } from './views.ts'

// Newer versions of ICU put a narrow no-break space before "PM".
const normalizeSpaces = (formatted: string): string => formatted.replaceAll(/\s/gu, ' ')

test('formatInstant: uses the language and the time zone', () => {
  expect(normalizeSpaces(formatInstant(iso(0), 'en', 'minute', 'UTC'))).toBe(
    'May 20, 2026, 2:03 PM',
  )
  expect(normalizeSpaces(formatInstant(iso(0), 'en', 'second', 'UTC'))).toBe('May 20, 2:03:22 PM')
  expect(normalizeSpaces(formatInstant(iso(0), 'en', 'minute', 'Asia/Shanghai'))).toBe(
    'May 20, 2026, 10:03 PM',
  )
  expect(normalizeSpaces(formatInstant(iso(0), 'zh', 'minute', 'Asia/Shanghai'))).toBe(
    '2026年5月20日 22:03',
  )
})

test.each([
  [0, 'now'],
  [59_000, 'now'],
  [61_000, '1 minute ago'],
  [3 * 3_600_000, '3 hours ago'],
  [86_400_000, 'yesterday'],
  [-(30 * 86_400_000 - 5000), 'in 30 days'],
])('formatRelative: %d ms before now is "%s"', (before, expected) =>
  expect(formatRelative(iso(before), NOW, 'en')).toBe(expected),
)

test.each([
  [-5, '0 seconds', '0秒钟'],
  [1000, '1 second', '1秒钟'],
  [41_000, '41 seconds', '41秒钟'],
  [754_000, '13 minutes', '13分钟'],
  [2 * 86_400_000, '2 days', '2天'],
])('formatDuration: %d ms is "%s"', (duration, en, zh) => {
  expect(formatDuration(duration, 'en')).toBe(en)
  expect(formatDuration(duration, 'zh')).toBe(zh)
})

test.each([
  [300, '5:00'],
  [299.2, '5:00'],
  [65, '1:05'],
  [0.2, '0:01'],
  [0, '0:00'],
  [-3, '0:00'],
  [3661, '1:01:01'],
])('formatClock: %d seconds are "%s"', (seconds, clock) => expect(formatClock(seconds)).toBe(clock))
