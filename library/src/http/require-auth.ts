import { isObject } from '../core/json.ts'

/**
 * Throws a `TypeError` if `auth` is not what `createAuth` returned, as in `app.get('/me', guard)`,
 * where the framework calls `guard` itself.
 */
export function requireAuth(auth: unknown, called: 'guard' | 'routes'): void {
  if (isObject(auth) && typeof auth.authenticate === 'function') return
  throw new TypeError(
    `${called}(auth) needs the object that createAuth returned, not ${describe(auth, called)}`,
  )
}

function describe(value: unknown, called: string): string {
  if (value instanceof Promise) return 'a promise of it: await it first'
  const isOfFramework =
    isObject(value) && ['headers', 'req', 'raw', 'addHook'].some((name) => name in value)
  if (isOfFramework)
    return `what a framework passes to its handlers: write ${called}(auth) where ${called} stands`
  return value === null || value === undefined ? `${value as undefined}` : `a ${typeof value}`
}
