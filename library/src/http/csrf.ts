import { constantTimeEqual } from '../core/constant-time.ts'
import { refuse, type Refusal } from '../core/errors.ts'
import type { CsrfSettings } from '../core/options/cookies.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { Claims } from '../core/access-token.ts'
import type { RequestView } from './request.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a changing request that another site may have made a browser send. `Sec-Fetch-Site` decides where there is one, else `Origin`
 * against the option `origins`; a request with neither is no browser's, and is refused only where it rides on cookies.
 */
export function checkOrigin(
  settings: Settings,
  view: RequestView,
  { cookies }: { cookies: boolean },
): Refusal | null {
  if (SAFE_METHODS.has(view.method)) return null
  const origin = view.header('origin')
  if (origin !== undefined && settings.origins.has(origin)) return null
  const site = view.header('sec-fetch-site')
  if (site !== undefined)
    return site === 'same-origin' || site === 'none' ? null : refuse('csrf_refused')
  return origin === undefined && !cookies ? null : refuse('csrf_refused')
}

/** Double submit: what a page of this site could read, and another cannot, is repeated beside the cookie. Null where the request may pass. */
export function checkDoubleSubmit(
  csrf: CsrfSettings,
  view: RequestView,
  { csrf: expected }: Claims,
): Awaitable<Refusal | null> {
  if (csrf.methods === null ? SAFE_METHODS.has(view.method) : !csrf.methods.has(view.method))
    return null
  const header = view.header(csrf.header)
  if (header || csrf.field === null) return compare(expected, header)
  return fromForm(view, csrf.field).then((value) => compare(expected, value))
}

const compare = (expected: unknown, given: unknown): Refusal | null =>
  typeof expected === 'string' &&
  typeof given === 'string' &&
  given !== '' &&
  constantTimeEqual(expected, given)
    ? null
    : refuse('csrf_token_invalid')

async function fromForm(view: RequestView, field: string): Promise<unknown> {
  const body = await view.body()
  return body.ok ? body.value[field] : undefined
}
