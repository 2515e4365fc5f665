import { responseOf, sendRefusal } from 'latchkey/hono'
import type { Context } from 'hono'
import { cookieName, readCookie, setCookie } from './cookies.ts'
import type { Problem } from '../errors.ts'
import { chosenLang, langOf } from './language.ts'
import { LOCALES } from '../shared/locales/index.ts'
import type { Html, PageView } from '../pages/layout.ts'
import { problemPage } from '../pages/problem.ts'
import { wantsPage } from './request.ts'
import type { Services } from '../services.ts'

/** Seconds that a browser keeps the language: a year. */
const LANG_LIFE = 365 * 24 * 60 * 60

export interface PageAnswer {
  status?: number
  /** `Set-Cookie` values. */
  cookies?: readonly string[]
}

export function json(body: unknown, status = 200): Response {
  return responseOf({ status, headers: [], body })
}

/** Goes on to another address of this site with GET, whatever the method was (RFC 9110, section 15.4.4). */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  return responseOf({
    status: 303,
    headers: [['Location', location], ...cookies.map((cookie) => ['Set-Cookie', cookie] as const)],
  })
}

/** The sign-in page, with why one is there and where one was. */
export function signInAddress(next: string, reason?: string): string {
  const query = new URLSearchParams(reason === undefined ? { next } : { reason, next })
  return `/login?${query.toString()}`
}

/** What each page is given; `path` is where its links to the other language lead. */
export function pageView(
  { assets }: Services,
  context: Context,
  path = addressIn(context),
): PageView {
  const lang = langOf(context)
  return { lang, text: LOCALES[lang], path, assets }
}

/** The address that was asked for, without its origin. */
export const addressIn = (context: Context): string =>
  context.req.path + new URL(context.req.url).search

export async function sendPage(
  { https }: Services,
  context: Context,
  html: Html,
  { status = 200, cookies = [] }: PageAnswer = {},
): Promise<Response> {
  const lang = chosenLang(context)
  const all =
    lang === undefined
      ? cookies
      : [...cookies, setCookie('lang', lang, { life: LANG_LIFE, secure: https })]
  const headers = new Headers(all.map((cookie): [string, string] => ['Set-Cookie', cookie]))
  headers.set('Content-Type', 'text/html; charset=utf-8')
  return new Response(String(await html), { status, headers })
}

/** A refusal as JSON. */
export function sendProblemJson(refusal: Problem): Response {
  const response = sendRefusal(refusal)
  if (refusal.retryAfter !== undefined)
    response.headers.set('Retry-After', String(refusal.retryAfter))
  return response
}

/** A refusal as a page, with the headers that go with it. */
export async function sendProblemPage(
  services: Services,
  context: Context,
  refusal: Problem,
  cookies: readonly string[] = [],
): Promise<Response> {
  const { status, code } = refusal
  // No cookie is believed here: it only decides which link the page shows.
  const signedIn = readCookie(context, cookieName(services.https, 'refresh')) !== undefined
  const page = await sendPage(
    services,
    context,
    problemPage({ ...pageView(services, context), status, code, signedIn }),
    { status, cookies },
  )
  return withHeadersOf(sendProblemJson(refusal), page)
}

/** A refusal for whoever asks: a page in a browser, JSON otherwise. */
export function sendProblem(
  services: Services,
  context: Context,
  refusal: Problem,
): Response | Promise<Response> {
  return wantsPage(context) ? sendProblemPage(services, context, refusal) : sendProblemJson(refusal)
}

/** `Retry-After` and `WWW-Authenticate` say the same of a page as of JSON. */
export function withHeadersOf(source: Response, target: Response): Response {
  for (const name of ['Retry-After', 'WWW-Authenticate', 'Allow']) {
    const value = source.headers.get(name)
    if (value !== null) target.headers.set(name, value)
  }
  return target
}
