import { randomBytes } from 'node:crypto'
import type { Audit } from '../sessions/audit.ts'
import type { Finding } from './finding.ts'
import type { Probe } from './probe.ts'

/** An address that nobody has (RFC 5737). */
const FORGED = '203.0.113.77'

export interface AddressFacts {
  audit: Pick<Audit, 'recent'>
  origin: string
  isLocal: boolean
  trustProxy: number
}

/** Events in which the failed sign-in is looked for. */
const RECENT = 200

/**
 * Fails to sign in, with a forged `X-Forwarded-For`, and reads from the events which address the
 * server has seen.
 */
export async function checkAddress(outside: Probe, facts: AddressFacts): Promise<Finding[]> {
  const { origin, audit, isLocal, trustProxy } = facts
  const nonce = randomBytes(8).toString('hex')
  const attempt = await outside({
    method: 'POST',
    path: '/login',
    headers: {
      origin,
      'content-type': 'application/json',
      'user-agent': `latchkey-doctor/${nonce}`,
      'x-forwarded-for': FORGED,
    },
    body: JSON.stringify({ username: `doctor ${nonce}`, password: nonce }),
  })
  if (!attempt.ok) return []
  if (attempt.reply.body.includes('csrf_refused'))
    return [
      {
        problem: `The server refuses forms of its own origin ${origin}.`,
        fix: 'Restart the server with the LATCHKEY_ORIGIN that this command has.',
      },
    ]
  const event = (await audit.recent(null, RECENT)).find(({ detail }) => detail.includes(nonce))
  if (event === undefined) return []
  const { device } = JSON.parse(event.detail) as { device: { address?: string | null } }
  const seen = device.address ?? null
  if (seen === FORGED)
    return [
      {
        problem: 'Clients can choose the address that the server sees, and so guess without limit.',
        fix:
          'Set LATCHKEY_TRUST_PROXY to the number of proxies, and let the first one replace ' +
          'X-Forwarded-For.',
      },
    ]
  return !isLocal && trustProxy === 0
    ? [
        {
          problem: 'The server does not see the addresses of clients: LATCHKEY_TRUST_PROXY is 0.',
          fix: 'Set LATCHKEY_TRUST_PROXY to the number of proxies in front.',
        },
      ]
    : []
}
