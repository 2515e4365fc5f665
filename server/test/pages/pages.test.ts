import { expect, test } from 'vitest'
import { LOCALE_TAGS, LOCALES } from '../../src/shared/locales/index.ts'
import { accountPage } from '../../src/pages/account.ts'
import { signInPage } from '../../src/pages/sign-in.ts'
import { HARMLESS, iso, NOW, rendered, session } from './views.ts'

const all = await rendered()
const cases = all.map(({ name, lang, html }) => [`${name} (${lang})`, lang, html] as const)
const count = (html: string, pattern: RegExp): number => html.match(pattern)?.length ?? 0
const attributes = (tag: string, name: string): string[] =>
  [...tag.matchAll(new RegExp(`\\b${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value)

test.each(cases)(
  '%s: has its language, one main, one h1, a title and links to both languages',
  (_name, lang, html) => {
    expect(html).toContain(`<html lang="${LOCALE_TAGS[lang]}">`)
    expect(count(html, /<main\b/g)).toBe(1)
    expect(count(html, /<h1\b/g)).toBe(1)
    expect(html).toMatch(/<title>[^<]+ · Latchkey<\/title>/)
    expect(html).toMatch(/<a href="\/[^"]*lang=zh" lang="zh-Hans"/)
    expect(html).toMatch(/<a href="\/[^"]*lang=en" lang="en"/)
  },
)

test.each(cases)(
  '%s: no inline script, style or handler, and nothing from other sites',
  (_name, _lang, html) => {
    for (const tag of html.match(/<script\b[^>]*>[^<]*/g) ?? [])
      expect(tag).toBe('<script type="module" src="/assets/pages-1.js">')
    expect(html).not.toMatch(/<style\b|\sstyle="|\son[a-z]+="|javascript:/i)
    for (const address of [
      ...attributes(html, 'href'),
      ...attributes(html, 'src'),
      ...attributes(html, 'action'),
    ]) {
      expect(address).toMatch(/^(?:\/(?!\/)|#|data:image\/svg\+xml,)/)
    }
  },
)

test.each(cases)(
  '%s: every field has a label, and every referenced id exists',
  (_name, _lang, html) => {
    for (const input of html.match(/<input\b[^>]*>/g) ?? []) {
      if (/type="hidden"|\bhidden\b/.test(input)) continue
      const [id] = attributes(input, 'id')
      expect(html).toContain(`<label for="${id}">`)
      expect(input).toMatch(/autocomplete="(?:username|current-password|new-password)"/)
      for (const describing of attributes(input, 'aria-describedby').flatMap((list) =>
        list.split(' '),
      ))
        expect(html).toContain(`id="${describing}"`)
    }
    for (const labelling of attributes(html, 'aria-labelledby'))
      expect(html).toContain(`id="${labelling}"`)
  },
)

test.each(cases)('%s: every id is unique', (_name, _lang, html) => {
  const ids = attributes(html.replaceAll(/data-[a-z]+="[^"]*"/g, ''), 'id')
  expect(new Set(ids).size).toBe(ids.length)
})

test.each(cases)(
  '%s: forms use POST, and those that get tokens ask for cookies',
  (_name, _lang, html) => {
    for (const form of html.match(/<form\b[^]*?<\/form>/g) ?? []) {
      if (form.includes('action="/protected"')) continue
      expect(form).toContain('method="post"')
      const tokens = /action="\/(?:login|register|refresh|logout)"/.test(form)
      expect(form.includes('<input type="hidden" name="mode" value="cookie" />')).toBe(tokens)
    }
  },
)

const english = {
  lang: 'en',
  text: LOCALES.en,
  path: '/login',
  assets: { css: '/assets/a.css', js: null },
} as const

test('sign-in page: a refusal is in the text, at the invalid fields and in the title', async () => {
  const html = String(
    await signInPage({
      ...english,
      next: '/',
      problem: { code: 'credentials_invalid', message: 'another message' },
    }),
  )
  expect(html).toContain(
    '<p class="problem" id="problem" role="alert">Incorrect username or password. Try again.</p>',
  )
  expect(count(html, /aria-invalid="true"/g)).toBe(2)
  expect(html).toContain('<title>Error: Sign in · Latchkey</title>')
})

test('sign-in page: a refusal with an unknown code shows the message of the server', async () => {
  for (const code of ['something_new', 'constructor', '__proto__']) {
    const html = String(
      await signInPage({
        ...english,
        next: '/',
        problem: { code, message: 'The message of the server.' },
      }),
    )
    expect(html).toContain('role="alert">The message of the server.</p>')
  }
})

test('sign-in page: the problem box exists and is empty before a refusal', async () => {
  expect(String(await signInPage({ ...english, next: '/' }))).toContain(
    '<p class="problem" id="problem" role="alert"></p>',
  )
})

const signInWithReason = async (reason: string): Promise<string> =>
  String(await signInPage({ ...english, next: '/', reason }))

test('sign-in page: shows a known reason, and ignores an invented one', async () => {
  expect(await signInWithReason('session_idle')).toContain(LOCALES.en.reasons.session_idle)
  expect(await signInWithReason('refresh_token_reused')).toContain('data-tone="danger"')
  for (const invented of ['Call 555-0100 now', 'toString', '__proto__'])
    expect(await signInWithReason(invented)).not.toContain('class="note"')
})

test('sign-in page: the form has the return address, or /account for another site', async () => {
  expect(String(await signInPage({ ...english, next: '/tokens' }))).toContain(
    '<input type="hidden" name="next" value="/tokens" />',
  )
  const html = String(await signInPage({ ...english, next: '//evil.example/' }))
  expect(html).toContain('<input type="hidden" name="next" value="/account" />')
  expect(html).not.toContain('evil')
})

const account = {
  ...english,
  path: '/account',
  username: 'ada',
  now: NOW,
  passwordMin: 10,
  nextCursor: null,
}
const details = {
  presented: 4,
  current: 5,
  after: 754_000,
  device: { userAgent: 'curl/8.5.0', address: '192.0.2.66' },
  holder: {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
    address: '203.0.113.24',
  },
}
const stolen = (ago: number) =>
  session(HARMLESS, { ended: { at: iso(ago), reason: 'reused', details } })

test('account page: a reuse is shown at the top for a week, with its details', async () => {
  const recent = String(
    await accountPage({
      ...account,
      sessions: [session(HARMLESS, { current: true }), stolen(6 * 86_400_000)],
    }),
  )
  expect(recent).toContain(
    'An old refresh token of this session was used again 13 minutes after it was replaced, ' +
      'from curl (192.0.2.66). The new token had been issued to Firefox on Linux (203.0.113.24). ' +
      'Someone may have copied the old one, so we ended the session on every device.',
  )
  expect(recent).toContain(LOCALES.en.account.reusedTitle)
  const later = String(
    await accountPage({
      ...account,
      sessions: [session(HARMLESS, { current: true }), stolen(8 * 86_400_000)],
    }),
  )
  expect(later).not.toContain(LOCALES.en.account.reusedTitle)
})

test('account page: the current session is first; forms of the others have their ids', async () => {
  const [older, newer, own] = ['older', 'newer', 'own'].map((id) => id.padEnd(22, '_')) as [
    string,
    string,
    string,
  ]
  const sessions = [
    session(HARMLESS, { id: older, last_used_at: iso(500_000) }),
    session(HARMLESS, { id: newer, last_used_at: iso(1000) }),
    session(HARMLESS, { id: own, current: true, last_used_at: iso(900_000) }),
  ]
  const html = String(await accountPage({ ...account, sessions }))
  expect(
    attributes(html.replaceAll(/name="session_id" value=/g, 'data-session='), 'data-session'),
  ).toEqual([newer, older])
  expect(html.indexOf('This device')).toBeLessThan(html.indexOf(newer))
  expect(html).toContain('action="/account/sign-out-others"')
  expect(String(await accountPage({ ...account, sessions: sessions.slice(2) }))).not.toContain(
    'action="/account/sign-out-others"',
  )
})
