import { expect, test } from 'vitest'
import { LOCALES } from '../../src/shared/locales/index.ts'
import { claimRows, headerText, tokenLifetime, remainingShare } from '../../src/shared/claims.ts'
import type { EventType, SessionEvent } from '../../src/sessions/event-types.ts'
import { eventText } from '../../src/shared/event-text.ts'
import { tokensPage } from '../../src/pages/tokens.ts'
import {
  sourceText,
  matchSources,
  type RenewalSource,
} from '../../web/src/tokens/renewal-sources.ts'
import { description, HARMLESS, iso, NOW } from './views.ts'

const text = LOCALES.en

test('claims are shown with their meaning, and instants as instants', () => {
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

test('a header is one line that still is the same JSON', () => {
  const header = { alg: 'HS256', note: 'a\nb  c', typ: 'at+jwt' }
  expect(headerText(header)).toBe('{ "alg": "HS256", "note": "a\\nb  c", "typ": "at+jwt" }')
  expect(JSON.parse(headerText(header))).toEqual(header)
})

test('the ring shows the share of the lifetime that is left', () => {
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

test('the token page shows both tokens and tells the newest event first', async () => {
  const base = { lang: 'en', text, path: '/tokens', assets: { css: '/a.css', js: null } } as const
  const html = String(await tokensPage({ ...base, now: NOW, session: description(HARMLESS) }))
  expect(html).toContain('stroke-dasharray="0.8000 2"')
  expect(html).toContain('<span class="ring-clock" id="clock">4:00</span>')
  expect(html).toContain('<span class="counter-value" id="generation">7</span>')
  const order = ['Old token used again', 'Renewed', 'Signed in'].map((title) =>
    html.indexOf(`<strong class="event-title">${title}</strong>`),
  )
  expect(order).toEqual(order.toSorted((one, other) => one - other))
  expect(order).not.toContain(-1)
  // The description holds what the tokens say; the page has no place for a token itself.
  expect(html).not.toMatch(/eyJ[\w-]+\./)
})

const event = (type: string, more: Partial<SessionEvent> = {}): SessionEvent => ({
  at: iso(0),
  type: type as EventType,
  generation: 3,
  device: {},
  ...more,
})

test('every type of event has its words, and one that is not known is told all the same', () => {
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

test('a reuse tells its own details', () => {
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

test('who asked is said in words', () => {
  const words = (ask: RenewalSource): string => sourceText(ask, text)
  expect(words({ by: 'this tab', why: 'timer' })).toBe(text.requestedBy.timer)
  expect(words({ by: 'this tab', why: 'start' })).toBe(text.requestedBy.start)
  expect(words({ by: 'this tab', why: 'refused' })).toBe(text.requestedBy.request)
  expect(words({ by: 'this tab', why: 'asked' })).toBe(text.requestedBy.button)
  expect(words({ by: 'this tab', why: 'toString' })).toBe(text.requestedBy.thisTab)
  expect(words({ by: 'this tab' })).toBe(text.requestedBy.thisTab)
  expect(words({ by: 'another tab', why: 'timer' })).toBe(text.requestedBy.anotherTab)
})

test('what the server tells and what this browser knows meet by generation, whichever comes first', () => {
  const askers = matchSources()
  const named: string[] = []
  const told = (generation: number, name: string): void =>
    askers.told(generation, ({ why }) => named.push(`${name} ${generation} ${why}`))
  told(1, 'a')
  askers.asked(2, { by: 'this tab', why: 'timer' })
  expect(named).toEqual([])
  askers.asked(1, { by: 'this tab', why: 'asked' })
  told(2, 'b')
  expect(named).toEqual(['a 1 asked', 'b 2 timer'])
})

test('a generation that is handed out twice is asked for twice, in order', () => {
  const askers = matchSources()
  const named: string[] = []
  for (const why of ['timer', 'asked']) askers.asked(1, { by: 'this tab', why })
  for (const name of ['a', 'b', 'c']) askers.told(1, ({ why }) => named.push(`${name} ${why}`))
  expect(named).toEqual(['a timer', 'b asked'])
  askers.asked(1, { by: 'another tab', why: 'request' })
  expect(named).toEqual(['a timer', 'b asked', 'c request'])
})

test('what was never answered is forgotten', () => {
  const askers = matchSources()
  askers.asked(1, { by: 'this tab', why: 'timer' })
  askers.asked(40, { by: 'this tab', why: 'timer' })
  let named = false
  askers.told(1, () => (named = true))
  expect(named).toBe(false)
})
