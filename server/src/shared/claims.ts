import type { Texts } from './locales/index.ts'

/** One claim of an access token, as pages show it. */
export interface ClaimRow {
  name: string
  value: string
  meaning: string
  /** ISO 8601 if the claim is a time (RFC 7519 §4.1, RFC 9068 §2.2.1), else null. */
  instant: string | null
}

/** The header as JSON on one line, with spaces where the line may wrap. */
export const headerText = (header: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(header, null, 1).replaceAll(/\n */g, ' ')

const TIME_CLAIMS = new Set(['exp', 'iat', 'nbf', 'auth_time'])

/** The claims in the order of the token. */
export function claimRows(claims: Readonly<Record<string, unknown>>, text: Texts): ClaimRow[] {
  return Object.entries(claims).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    meaning: Object.hasOwn(text.claims, name)
      ? text.claims[name as keyof typeof text.claims]
      : text.claimOther,
    instant: TIME_CLAIMS.has(name) ? toIso(value) : null,
  }))
}

function toIso(seconds: unknown): string | null {
  if (typeof seconds !== 'number') return null
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** Returns the seconds from `iat` to `exp`, or null if the claims lack them. */
export function tokenLifetime({ iat, exp }: Readonly<Record<string, unknown>>): number | null {
  return typeof iat === 'number' && typeof exp === 'number' && exp > iat ? exp - iat : null
}

/** The share of the lifetime that is left, from 0 to 1. Both arguments are in seconds. */
export function remainingShare(left: number, lifetime: number | null): number {
  if (lifetime === null) return left > 0 ? 1 : 0
  return Math.min(1, Math.max(0, left / lifetime))
}
