import { refuse, type Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { RequestView } from './view.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a changing request that another site may have made a browser send. `Sec-Fetch-Site` decides where there is one, else `Origin`
 * against the option `origins`; a request with neither is no browser's, and is refused only where it rides on cookies.
 */
export function checkOrigin(settings: Settings, view: RequestView, { cookies }: { cookies: boolean }): Refusal | null {
  if (SAFE_METHODS.has(view.method)) return null
  const origin = view.header('origin')
  if (origin !== undefined && settings.origins.has(origin)) return null
  const site = view.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? null : refuse('csrf_refused')
  return origin === undefined && !cookies ? null : refuse('csrf_refused')
}
