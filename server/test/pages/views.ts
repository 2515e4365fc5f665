import type { Device, SessionResponse } from 'latchkey/protocol'
import { LOCALES, type Lang } from '../../src/shared/locales/index.ts'
import { accountPage } from '../../src/pages/account.ts'
import type { SessionDescription } from '../../src/sessions/event-types.ts'
import type { Html, PageView } from '../../src/pages/layout.ts'
import { problemPage } from '../../src/pages/problem.ts'
import { registerPage } from '../../src/pages/register.ts'
import { renewPage } from '../../src/pages/renew.ts'
import { signInPage } from '../../src/pages/sign-in.ts'
import { tokensPage } from '../../src/pages/tokens.ts'

export const NOW = Date.parse('2026-05-20T14:03:22Z')
export const LANGS: readonly Lang[] = ['en', 'zh']

export const iso = (before: number): string => new Date(NOW - before).toISOString()

export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'

/** What pages show of the request and its sender. Each value may be hostile. */
export interface UntrustedInput {
  username: string
  device: Device
  path: string
  next: string
  id: string
  reason: string
  code: string
  message: string
  claims: Record<string, unknown>
}

export const HARMLESS: UntrustedInput = {
  username: 'ada',
  device: { userAgent: FIREFOX, address: '203.0.113.24' },
  path: '/account',
  next: '/account',
  id: 'q3k2h8Jd0aZr5vTn1sXw7A',
  reason: 'signed-out',
  code: 'credentials_invalid',
  message: 'The message of the server.',
  claims: {},
}

export const session = (
  input: UntrustedInput,
  more: Partial<SessionResponse> = {},
): SessionResponse => ({
  id: input.id,
  current: false,
  device: input.device,
  created_at: iso(86_400_000),
  last_used_at: iso(60_000),
  idle_ends_at: iso(-86_400_000),
  ends_at: iso(-864_000_000),
  generation: 4,
  ended: null,
  ...more,
})

const details = (input: UntrustedInput) => ({
  presented: 4,
  current: 5,
  after: 754_000,
  device: input.device,
  holder: input.device,
})

export const description = (input: UntrustedInput): SessionDescription => ({
  identity: input.username,
  access: {
    header: { alg: 'HS256', kid: input.id },
    claims: { sub: input.username, iat: NOW / 1000 - 60, exp: NOW / 1000 + 240, ...input.claims },
    expires_in: 240,
  },
  refresh: {
    session_id: input.id,
    generation: 7,
    issued_at: iso(60_000),
    idle_ends_at: iso(-60_000),
    ends_at: iso(-70_000),
    rotates: true,
  },
  events: [
    { at: iso(90_000), type: 'signed-in', generation: 0, device: input.device },
    { at: iso(60_000), type: 'refreshed', generation: 7, device: input.device },
    {
      at: iso(30_000),
      type: 'reused',
      generation: 7,
      device: input.device,
      details: details(input),
    },
  ],
})

/** Every page in each of its states, by name. */
export function pages(lang: Lang, input: UntrustedInput = HARMLESS): Record<string, Html> {
  const base: PageView = {
    lang,
    text: LOCALES[lang],
    path: input.path,
    assets: { css: '/assets/pages-1.css', js: '/assets/pages-1.js' },
  }
  const { username, next, reason } = input
  const problem = { code: input.code, message: input.message }
  const sessions = [
    session(input, { current: true }),
    session(input),
    session(input, { ended: { at: iso(7_200_000), reason: 'reused', details: details(input) } }),
    ...Array.from({ length: 6 }, () =>
      session(input, { ended: { at: iso(9_000_000), reason, details: null } }),
    ),
  ]
  const account = { ...base, username, sessions, now: NOW, passwordMin: 10, nextCursor: null }
  return {
    'sign-in': signInPage({ ...base, next }),
    'sign-in, refused': signInPage({ ...base, next, username, problem }),
    'sign-in, with a reason': signInPage({ ...base, next, reason: 'refresh_token_reused' }),
    register: registerPage({ ...base, next, passwordMin: 10 }),
    'register, refused': registerPage({ ...base, next, passwordMin: 10, username, problem }),
    account: accountPage({ ...account, notice: 'password_changed' }),
    'account, refused': accountPage({ ...account, problem }),
    tokens: tokensPage({ ...base, now: NOW, session: description(input) }),
    renew: renewPage({ ...base, next }),
    'not found': problemPage({ ...base, status: 404 }),
    refused: problemPage({ ...base, status: 403, code: input.code, signedIn: true }),
    'unknown status': problemPage({ ...base, status: 418 }),
  }
}

/** Every page as HTML, with its name and language. */
export async function rendered(
  input: UntrustedInput = HARMLESS,
): Promise<Array<{ name: string; lang: Lang; html: string }>> {
  const all = LANGS.flatMap((lang) =>
    Object.entries(pages(lang, input)).map(([name, html]) => ({ name, lang, html })),
  )
  return Promise.all(all.map(async ({ html, ...page }) => ({ ...page, html: String(await html) })))
}
