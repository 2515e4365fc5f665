import { expect, test } from 'vitest'
import { LOCALES } from '../../src/shared/locales/index.ts'
import { claimRows, headerText, tokenLifetime, remainingShare } from '../../src/shared/claims.ts'
import type { EventType, SessionEvent } from '../../src/sessions/event-types.ts'
import { eventText } from '../../src/shared/event-text.ts'
import { tokensPage } from '../../src/pages/tokens.ts'
import {
  sourceText,
  createSourceMatcher,
  type RenewalSource,
} from '../../web/src/tokens/renewal-cause-text.ts'
import { description, HARMLESS, iso, NOW } from './views.ts'

const text = LOCALES.en

test('claimRows: every claim has its meaning, and time claims have an instant', () => {
  const rows = claimRows(
    { sub: 'ada', exp: 1_800_000_000, nbf: 'soon', iat: 9e15, role: ['admin'], constructor: null },
    text,
  )
  expect(rows.map(({ name, value }) => [name, value])).toEqual([
    ['sub', 'ada'],
    ['exp', '1800000000'],
    ['nbf', 'soon'],
    ['iat', '9000000000000000'],
    ['role', '["admin"]'],
    ['constructor', 'null'],
  ])
  expect(rows.map(({ instant }) => instant)).toEqual([
    null,
    '2027-01-15T08:00:00.000Z',
    null,
    null,
    null,
    null,
  ])
  const { sub, exp, nbf, iat } = text.claims
  expect(rows.map(({ meaning }) => meaning)).toEqual([
    sub,
    exp,
    nbf,
    iat,
    text.claimOther,
    text.claimOther,
  ])
})

test('headerText: one line of the same JSON', () => {
  const header = { alg: 'HS256', note: 'a\nb  c', typ: 'at+jwt' }
  expect(headerText(header)).toBe('{ "alg": "HS256", "note": "a\\nb  c", "typ": "at+jwt" }')
  expect(JSON.parse(headerText(header))).toEqual(header)
})

test('tokenLifetime and remainingShare: seconds from iat to exp, and what is left', () => {
  expect(tokenLifetime({ iat: 100, exp: 400 })).toBe(300)
  for (const claims of [{}, { exp: 400 }, { iat: 400, exp: 400 }, { iat: '1', exp: 2 }])
    expect(tokenLifetime(claims)).toBeNull()
  expect([
    remainingShare(300, 300),
    remainingShare(75, 300),
    remainingShare(-1, 300),
    remainingShare(400, 300),
    remainingShare(5, null),
    remainingShare(0, null),
  ]).toEqual([1, 0.25, 0, 1, 1, 0])
})

test('tokens page: shows both tokens, and the newest event first', async () => {
  const base = { lang: 'en', text, path: '/tokens', assets: { css: '/a.css', js: null } } as const
  const html = String(await tokensPage({ ...base, now: NOW, session: description(HARMLESS) }))
  expect(html).toContain('stroke-dasharray="0.8000 2"')
  expect(html).toContain('<span class="ring-clock" id="clock">4:00</span>')
  expect(html).toContain('<span class="generation-value" id="generation">7</span>')
  const order = ['Old token used again', 'Renewed', 'Signed in'].map((title) =>
    html.indexOf(`<strong class="event-title">${title}</strong>`),
  )
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(order).not.toContain(-1)
  // The start of every JWT: no token may be on the page.
  expect(html).not.toMatch(/eyJ[\w-]+\./)
})

const event = (type: string, more: Partial<SessionEvent> = {}): SessionEvent => ({
  at: iso(0),
  type: type as EventType,
  generation: 3,
  device: {},
  ...more,
})

test('eventText: each type has its own text, and an unknown type a general one', () => {
  for (const type of Object.keys(text.events) as EventType[])
    expect(eventText(event(type), text, 'en')).toMatchObject({
      title: text.events[type],
      hint: text.eventHints[type],
    })
  expect(eventText(event('reused'), text, 'en').tone).toBe('danger')
  for (const type of ['bound', 'constructor'])
    expect(eventText(event(type), text, 'en')).toEqual({
      tone: 'info',
      title: 'Other event',
      generation: 'generation 3',
      hint: '',
    })
})

test('eventText: a reuse has its details in the hint', () => {
  const details = {
    presented: 1,
    current: 3,
    after: 41_000,
    device: { userAgent: 'curl/8', address: '192.0.2.1' },
    holder: {},
  }
  expect(eventText(event('reused', { details }), text, 'en').hint).toContain(
    '41 seconds after it was replaced, from curl (192.0.2.1)',
  )
})

test('sourceText: one text for each cause, and another for another tab', () => {
  const textOf = (source: RenewalSource): string => sourceText(source, text)
  expect(textOf({ by: 'this tab', why: 'timer' })).toBe(text.requestedBy.timer)
  expect(textOf({ by: 'this tab', why: 'start' })).toBe(text.requestedBy.start)
  expect(textOf({ by: 'this tab', why: 'refused' })).toBe(text.requestedBy.request)
  expect(textOf({ by: 'this tab', why: 'asked' })).toBe(text.requestedBy.button)
  expect(textOf({ by: 'this tab', why: 'toString' })).toBe(text.requestedBy.thisTab)
  expect(textOf({ by: 'this tab' })).toBe(text.requestedBy.thisTab)
  expect(textOf({ by: 'another tab', why: 'timer' })).toBe(text.requestedBy.anotherTab)
})

test('source matcher: events and sources meet by generation, in either order', () => {
  const matcher = createSourceMatcher()
  const matched: string[] = []
  const addEvent = (generation: number, name: string): void =>
    matcher.addEvent(generation, ({ why }) => matched.push(`${name} ${generation} ${why}`))
  addEvent(1, 'a')
  matcher.addSource(2, { by: 'this tab', why: 'timer' })
  expect(matched).toEqual([])
  matcher.addSource(1, { by: 'this tab', why: 'asked' })
  addEvent(2, 'b')
  expect(matched).toEqual(['a 1 asked', 'b 2 timer'])
})

test('source matcher: a generation issued several times gets its sources in order', () => {
  const matcher = createSourceMatcher()
  const matched: string[] = []
  for (const why of ['timer', 'asked']) matcher.addSource(1, { by: 'this tab', why })
  for (const name of ['a', 'b', 'c'])
    matcher.addEvent(1, ({ why }) => matched.push(`${name} ${why}`))
  expect(matched).toEqual(['a timer', 'b asked'])
  matcher.addSource(1, { by: 'another tab', why: 'request' })
  expect(matched).toEqual(['a timer', 'b asked', 'c request'])
})

test('source matcher: a source more than 16 generations old is dropped', () => {
  const matcher = createSourceMatcher()
  matcher.addSource(1, { by: 'this tab', why: 'timer' })
  matcher.addSource(40, { by: 'this tab', why: 'timer' })
  let matched = false
  matcher.addEvent(1, () => (matched = true))
  expect(matched).toBe(false)
})
