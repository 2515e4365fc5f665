import type { Finding } from './finding.ts'
import type { Probe, ProbeReply } from './probe.ts'

/** Why nothing answers at the public origin. */
const CONNECTION_FIXES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Its name has no address: set LATCHKEY_ORIGIN, or the DNS.',
  ECONNREFUSED: 'Nothing listens there: start the server and the proxy, or set LATCHKEY_ORIGIN.',
  ECONNRESET: 'The connection is closed: LATCHKEY_ORIGIN may be http where the proxy has https.',
  EPROTO: 'It does not speak TLS: LATCHKEY_ORIGIN may be https where the server has http.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'It does not speak TLS: set up https in the proxy.',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'It does not speak TLS: set up https in the proxy.',
  CERT_HAS_EXPIRED: 'Its certificate has expired: renew it.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is not signed by an authority: get one that is.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Browsers do not know the authority: get another certificate.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The proxy must send the certificates in between as well.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another name: get one for this name.',
  ABORT_ERR: 'It does not answer within 5 seconds: look at the proxy and at a firewall.',
}

export interface OriginFacts {
  origin: string
  /** The ids of the signing keys of this installation. */
  keyIds: readonly string[]
  /** Milliseconds since 1970. */
  now: number
}

/** Milliseconds by which clocks may differ: access tokens are accepted that much too early. */
const MAX_CLOCK_DIFFERENCE = 30_000

/**
 * Checks that this server answers at the public origin. `canGoOn` is false if nothing else can be
 * checked there.
 */
export async function checkOrigin(
  outside: Probe,
  { origin, keyIds, now }: OriginFacts,
): Promise<{ findings: Finding[]; canGoOn: boolean }> {
  const health = await outside({ path: '/healthz' })
  if (!health.ok)
    return stop(
      `Nothing can be reached at ${origin} (${health.code}).`,
      CONNECTION_FIXES[health.code] ?? 'Check the address, the proxy and the firewall.',
    )
  const { status, headers } = health.reply
  if (status >= 300 && status < 400)
    return stop(
      `${origin} redirects to ${originOf(headers.location)}.`,
      'Set LATCHKEY_ORIGIN to the origin that browsers end up at.',
    )
  const published = await outside({ path: '/.well-known/jwks.json' })
  const foundIds = published.ok ? keyIdsOf(published.reply) : null
  if (foundIds === null)
    return stop(
      `Something else than this server answers at ${origin} (status ${status}).`,
      'Let the proxy pass all paths of this origin to the server.',
    )
  const findings: Finding[] = []
  if (!foundIds.some((id) => keyIds.includes(id)))
    findings.push({
      problem: `The server at ${origin} has other keys than this installation.`,
      fix: 'Set LATCHKEY_ORIGIN and LATCHKEY_DATA to those of one installation.',
    })
  if (status !== 200)
    findings.push({
      problem: `The server at ${origin} is not healthy (status ${status}).`,
      fix: 'Look into its log: it says what it cannot reach.',
    })
  const difference = Math.abs(Date.parse(headers.date ?? '') - now)
  if (difference > MAX_CLOCK_DIFFERENCE)
    findings.push({
      problem: `The clock at ${origin} differs by ${Math.round(difference / 1000)} seconds.`,
      fix: 'Let all machines set their clock by NTP.',
    })
  return { findings, canGoOn: true }
}

const stop = (problem: string, fix: string) => ({ findings: [{ problem, fix }], canGoOn: false })

function keyIdsOf({ body }: ProbeReply): string[] | null {
  try {
    const { keys } = JSON.parse(body) as { keys: Array<{ kid?: unknown }> }
    return keys.map(({ kid }) => String(kid))
  } catch {
    return null
  }
}

function originOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : 'elsewhere'
}
