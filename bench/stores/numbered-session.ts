import { createHash } from 'node:crypto'
import type { Session } from 'latchkey'

const NOW = Date.UTC(2026, 10, 24, 12)
const DAY = 24 * 60 * 60 * 1000

/** A session as a sign-in creates it; always the same for the same number. */
export function numberedSession(number: number): Session {
  const bytes = createHash('sha256').update(String(number)).digest()
  return {
    id: bytes.toString('base64url', 0, 16),
    identity: `5f1c8e0a-${(number >> 1).toString(36).padStart(6, '0')}`,
    generation: 0,
    attempt: null,
    used: false,
    issuedAt: NOW,
    createdAt: NOW,
    idleEndsAt: NOW + 30 * DAY,
    endsAt: NOW + 90 * DAY,
    rotates: true,
    claims: {},
    device: { userAgent: 'Mozilla/5.0 (X11; Linux x64) Chrome/156.0', address: '203.0.113.7' },
    end: null,
  }
}
