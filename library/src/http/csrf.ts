import { constantTimeEqual } from '../core/constant-time.ts'
import { refuse, type Refusal } from '../core/errors.ts'
import type { CsrfSettings } from '../core/options/cookies.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { RequestHead } from './any-request.ts'
import { isOwnOrigin } from './own-origin.ts'
import type { RequestView } from './request.ts'
import type { Claims } from '../core/claims.ts'

/** Methods that must not change anything (RFC 9110, section 9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * The origin check. Returns a refusal if another site may have made a browser send this request;
 * null if it may pass. Safe methods always pass, and so does an `Origin` in the option `origins`.
 * Otherwise `Sec-Fetch-Site` (Fetch Metadata) must be `same-origin` or `none`; browsers do not send
 * it over plain http, and old ones never do, so without it `Origin` must be the request's own. A
 * request with neither header does not come from a current browser, and is refused only if it
 * carries `cookies`.
 */
export function checkOrigin(
  settings: Settings,
  view: RequestHead,
  { cookies }: { cookies: boolean },
): Refusal | null {
  if (SAFE_METHODS.has(view.method)) return null
  const origin = view.header('origin')
  if (origin !== undefined && settings.origins.has(origin)) return null
  const site = view.header('sec-fetch-site')
  if (site !== undefined)
    return site === 'same-origin' || site === 'none' ? null : refuse('csrf_refused')
  const passes =
    origin === undefined ? !cookies : settings.ownOriginIsHost && isOwnOrigin(origin, view)
  return passes ? null : refuse('csrf_refused')
}

/**
 * Double submit: the request must repeat the claim `csrf` of its token in a header or a form field.
 * A page of this site can read that value; a page of another site cannot. Returns null if the
 * request may pass; the refusal of its body if that cannot be searched for the field.
 */
export function checkDoubleSubmit(
  { bodyLimit }: Settings,
  csrf: CsrfSettings,
  view: RequestView,
  { csrf: expected }: Claims,
): Awaitable<Refusal | null> {
  const isChecked =
    csrf.methods === null ? !SAFE_METHODS.has(view.method) : csrf.methods.has(view.method)
  if (!isChecked) return null
  const header = view.header(csrf.header)
  if (header || csrf.field === null) return compare(expected, header)
  return compareField(view, csrf.field, bodyLimit, expected)
}

const compare = (expected: unknown, actual: unknown): Refusal | null =>
  typeof expected === 'string' &&
  typeof actual === 'string' &&
  actual !== '' &&
  constantTimeEqual(expected, actual)
    ? null
    : refuse('csrf_token_invalid')

async function compareField(
  view: RequestView,
  field: string,
  bodyLimit: number,
  expected: unknown,
): Promise<Refusal | null> {
  const body = await view.body(bodyLimit)
  return body.ok ? compare(expected, body.value[field]) : body
}
