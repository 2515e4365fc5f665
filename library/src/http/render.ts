import type { AuthCore } from '../core/auth.ts'
import { ENDED_CODES } from '../protocol.ts'
import { refuse, type Refusal } from '../core/errors.ts'
import { settingsOf } from '../core/settings-of-auth.ts'
import { headOf, type AnyRequest, type RequestHead } from './any-request.ts'
import { authenticate, type Authenticated } from './authenticate.ts'
import { clearCookies, tokenCookies } from './cookies.ts'
import { checkOrigin } from './csrf.ts'
import { findInCookies } from './find-token.ts'
import { firstAccepted, refreshCandidates } from './refresh-candidates.ts'
import { deviceOf, type RequestView } from './request.ts'

/** What the response and the rest of the request need. */
export interface RenderCookies {
  /**
   * `Set-Cookie` values for the response, which must then not be cached (`Cache-Control: private,
   * no-store`). Empty if nothing has changed.
   */
  cookies: string[]
  /**
   * The header `Cookie` for the rest of this request: that of the browser, with the new access
   * token. For code that authenticates the request again, and for requests to an API.
   */
  cookieHeader: string
}

/** Who views the page, or why nobody does. */
export type RenderResult<CustomClaims = unknown, User = unknown> = (
  | (Authenticated<CustomClaims, User> & {
      /** The access token, for `Authorization` in requests to an API. */
      accessToken: string
    })
  | Refusal
) &
  RenderCookies

/** Refusals that new tokens can fix. */
const RENEWABLE: readonly string[] = ['token_missing', 'token_expired', 'token_invalid']

/**
 * Authenticates a request for a page by its cookies, and renews the access token if it has expired.
 * See `Auth.renewForRender`.
 */
export async function renewForRender(core: AuthCore, request: AnyRequest): Promise<RenderResult> {
  const settings = settingsOf(core)
  const view = viewOfPage(request)
  const header = view.header('cookie') ?? ''
  const kept = { cookies: [], cookieHeader: header }
  const first = await authenticatePage(core, view)
  if (first.ok) return { ...first, ...kept, accessToken: await accessTokenOf(core, view) }
  if (!RENEWABLE.includes(first.code) || !mayRenew(core, view)) return refused(core, first, header)
  const found = findInCookies(settings, view, 'refresh')
  if (found === null) return refused(core, first, header)
  const candidates = refreshCandidates(settings, view, [found.token, ...found.others])
  const renewed = await firstAccepted(candidates, (token) =>
    core.renewForRender(token, deviceOf(view)),
  )
  if (!renewed.ok) return refused(core, renewed, header)
  const { tokens, changed, accessToken } = renewed
  const cookies = tokenCookies(settings, tokens, changed)
  const own = tokenCookies(settings, { ...tokens, accessToken }, changed)
  const cookieHeader = withCookies(header, own)
  const second = await authenticatePage(core, withHeader(view, 'cookie', cookieHeader))
  return second.ok
    ? { ...second, cookies, cookieHeader, accessToken }
    : { ...refused(core, second, header), cookies }
}

const authenticatePage = async (
  core: AuthCore,
  view: RequestView,
): Promise<Authenticated | Refusal> =>
  (await authenticate(core, view, { locations: ['cookies'] })) as Authenticated | Refusal

/** The cookies are cleared only if the session has ended. */
function refused(core: AuthCore, refusal: Refusal, cookieHeader: string): RenderResult {
  const isEnd = (ENDED_CODES as readonly string[]).includes(refusal.code)
  const cookies = isEnd ? clearCookies(settingsOf(core)) : []
  return { ...refusal, cookies, cookieHeader }
}

/** The access token of the request, if there are several the one that was accepted. */
async function accessTokenOf(core: AuthCore, view: RequestView): Promise<string> {
  const settings = settingsOf(core)
  const { token, others } = findInCookies(settings, view, 'access')!
  if (others.length === 0) return token
  for (const value of [token, ...others]) {
    const cookie = `${settings.cookies.access.name}=${value}`
    if ((await authenticatePage(core, withHeader(view, 'cookie', cookie))).ok) return value
  }
  return token
}

/**
 * Another site can make a browser ask for a page, as a picture or in a frame, and drop the response
 * with the new tokens. Only what a person opens renews, or what a page of this site asks for (Fetch
 * Metadata).
 */
function mayRenew(core: AuthCore, view: RequestView): boolean {
  if (checkOrigin(settingsOf(core), view, { cookies: true }) !== null) return false
  const site = view.header('sec-fetch-site')
  return (
    site === undefined ||
    site === 'same-origin' ||
    site === 'none' ||
    (view.header('sec-fetch-mode') === 'navigate' && view.header('sec-fetch-dest') === 'document')
  )
}

/** The body stays unread: it belongs to the page. */
function viewOfPage(request: AnyRequest): RequestView {
  const head: RequestHead & { address?: string | undefined } = headOf(request)
  return {
    ...originOf(head),
    method: head.method,
    path: '/',
    query: '',
    header: (name) => head.header(name),
    body: () => refuse('request_invalid'),
    address: head.address,
  }
}

const originOf = ({ url, secure, hostname }: RequestHead): Partial<RequestHead> => ({
  url,
  secure,
  hostname,
})

const withHeader = (view: RequestView, changed: string, value: string): RequestView => ({
  ...view,
  header: (name) => (name === changed ? value : view.header(name)),
})

/** The header `Cookie` as the browser will send it after these `Set-Cookie` values. */
function withCookies(header: string, setCookies: readonly string[]): string {
  // Those of previous scopes have no value: they are deleted.
  const pairs = setCookies
    .map((cookie) => cookie.split(';', 1)[0]!)
    .filter((pair) => !pair.endsWith('='))
  const names = pairs.map((pair) => pair.split('=', 1)[0]!)
  const others = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !names.includes(pair.split('=', 1)[0]!.trim()))
  return [...others, ...pairs].join('; ')
}
