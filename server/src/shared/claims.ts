import type { Texts } from './locales/index.ts'

/** One claim of an access token, ready to be shown. */
export interface ClaimRow {
  name: string
  value: string
  meaning: string
  /** ISO 8601, where the claim is an instant (RFC 7519, section 4.1; RFC 9068, section 2.2.1). */
  instant: string | null
}

/** A header in one line that may be broken between its members. */
export const headerText = (header: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(header, null, 1).replaceAll(/\n */g, ' ')

const INSTANTS = new Set(['exp', 'iat', 'nbf', 'auth_time'])

/** The claims in the order in which the token has them. */
export function claimRows(claims: Readonly<Record<string, unknown>>, text: Texts): ClaimRow[] {
  return Object.entries(claims).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    meaning: Object.hasOwn(text.claims, name)
      ? text.claims[name as keyof typeof text.claims]
      : text.claimOther,
    instant: INSTANTS.has(name) ? isoOf(value) : null,
  }))
}

function isoOf(seconds: unknown): string | null {
  if (typeof seconds !== 'number') return null
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** Seconds that an access token lives from its issue to its end; null where its claims do not say. */
export function tokenLifetime({ iat, exp }: Readonly<Record<string, unknown>>): number | null {
  return typeof iat === 'number' && typeof exp === 'number' && exp > iat ? exp - iat : null
}

/** The share of a lifetime that is left, between 0 and 1. Both in seconds. */
export function remainingShare(left: number, lifetime: number | null): number {
  if (lifetime === null) return left > 0 ? 1 : 0
  return Math.min(1, Math.max(0, left / lifetime))
}
