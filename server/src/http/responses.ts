import { responseOf, sendRefusal } from 'latchkey/hono'
import type { Context } from 'hono'
import type { Problem } from '../errors.ts'
import type { Html, PageView } from '../pages/layout.ts'
import { problemPage } from '../pages/problem.ts'
import type { Services } from '../services.ts'
import { LOCALES } from '../shared/locales/index.ts'
import { cookieName, readCookie, setCookie } from './cookies.ts'
import { langOf, requestedLang } from './language.ts'
import { wantsPage } from './request.ts'

/** Seconds that a browser keeps the language: a year. */
const LANG_LIFETIME = 365 * 24 * 60 * 60

export interface PageOptions {
  status?: number
  /** `Set-Cookie` values. */
  cookies?: readonly string[]
}

export function json(body: unknown, status = 200): Response {
  return responseOf({ status, headers: [], body })
}

/**
 * Redirects to a path of this site with GET, whatever the method was (RFC 9110, section 15.4.4).
 */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  return responseOf({
    status: 303,
    headers: [['Location', location], ...cookies.map((cookie) => ['Set-Cookie', cookie] as const)],
  })
}

/** Returns the path of the sign-in page. `reason` is the error code that the page explains. */
export function signInPath(next: string, reason?: string): string {
  const query = new URLSearchParams(reason === undefined ? { next } : { reason, next })
  return `/login?${query.toString()}`
}

/** Returns what every page needs. The links to other languages lead to `path`. */
export function pageView(
  { assets }: Services,
  context: Context,
  path = pathWithQuery(context),
): PageView {
  const lang = langOf(context)
  return { lang, text: LOCALES[lang], path, assets }
}

export const pathWithQuery = (context: Context): string =>
  context.req.path + new URL(context.req.url).search

export async function sendPage(
  { https }: Services,
  context: Context,
  html: Html,
  { status = 200, cookies = [] }: PageOptions = {},
): Promise<Response> {
  const headers = new Headers({ 'Content-Type': 'text/html; charset=utf-8' })
  for (const cookie of cookies) headers.append('Set-Cookie', cookie)
  const lang = requestedLang(context)
  if (lang !== undefined)
    headers.append(
      'Set-Cookie',
      setCookie('lang', lang, { lifetime: LANG_LIFETIME, secure: https }),
    )
  return new Response(String(await html), { status, headers })
}

/** Sends a refusal as JSON. */
export function sendProblemJson(refusal: Problem): Response {
  const response = sendRefusal(refusal)
  if (refusal.retryAfter !== undefined)
    response.headers.set('Retry-After', String(refusal.retryAfter))
  return response
}

/** Sends a refusal as a page, with the same headers as the JSON form. */
export async function sendProblemPage(
  services: Services,
  context: Context,
  refusal: Problem,
  cookies: readonly string[] = [],
): Promise<Response> {
  const { status, code } = refusal
  // Not verified: it only decides which link the page shows.
  const signedIn = readCookie(context, cookieName(services.https, 'refresh')) !== undefined
  const page = await sendPage(
    services,
    context,
    problemPage({ ...pageView(services, context), status, code, signedIn }),
    { status, cookies },
  )
  return copyProblemHeaders(sendProblemJson(refusal), page)
}

/** Sends a refusal as a page to a browser, and as JSON to other clients. */
export function sendProblem(
  services: Services,
  context: Context,
  refusal: Problem,
): Response | Promise<Response> {
  return wantsPage(context) ? sendProblemPage(services, context, refusal) : sendProblemJson(refusal)
}

/** Copies the headers of a refusal to `target` and returns `target`. */
export function copyProblemHeaders(source: Response, target: Response): Response {
  for (const name of ['Retry-After', 'WWW-Authenticate', 'Allow']) {
    const value = source.headers.get(name)
    if (value !== null) target.headers.set(name, value)
  }
  return target
}

/** Returns the part of a refusal that a form shows. */
export const formProblem = ({
  code,
  message,
  values,
}: Problem): Pick<Problem, 'code' | 'message' | 'values'> => ({
  code,
  message,
  ...(values && { values }),
})
