import type { RefreshOptions } from '../core/session/refresh.ts'

/**
 * Parses the value of the header `Refresh-Attempt`: the current attempt and, after a comma, the
 * previous one; each is 22 characters of base64url. Returns null if there is no header, and
 * undefined if its value is malformed.
 */
export function readAttempts(header: string | undefined): RefreshOptions['attempts'] {
  if (header === undefined) return null
  const match = /^([A-Za-z0-9_-]{22})(?:, ?([A-Za-z0-9_-]{22}))?$/.exec(header)
  return match ? { attempt: match[1]!, previous: match[2] ?? null } : undefined
}
