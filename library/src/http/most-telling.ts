import type { Refusal } from '../core/errors.ts'

/** From the least telling. Codes that are not listed come last, and outweigh all of these. */
const ORDER: readonly string[] = [
  'token_invalid',
  'session_unknown',
  'session_expired',
  'session_idle',
  'session_signed_out',
  'refresh_token_reused',
  'session_mismatch',
  'token_expired',
]

/**
 * Of the refusals of several cookies with one name, returns the index of the one to respond with.
 * An expired token can be renewed, so it outweighs one of a session that has ended; anything
 * outweighs a value that is no token of ours.
 */
export function mostTelling(refusals: readonly Refusal[]): number {
  const weights = refusals.map(({ code }) => {
    const weight = ORDER.indexOf(code)
    return weight === -1 ? ORDER.length : weight
  })
  return weights.indexOf(Math.max(...weights))
}
