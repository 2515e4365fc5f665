import type { Finding } from './finding.ts'
import type { Probe, ProbeReply, ProbeRequest } from './probe.ts'

/** The header fields that the server sets and a proxy must leave alone. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'A cache could show the page of one person to another.',
  'content-security-policy': 'Scripts of others could run, or those of the pages could not.',
  'referrer-policy': 'Browsers may then send forms without an origin, which are refused.',
  'set-cookie': 'Browsers may then drop the cookies, or send them to other servers.',
  'strict-transport-security': 'Browsers could be led to http.',
  'x-content-type-options': 'Browsers could take a file for a script.',
}

/** Requests that a proxy must pass on as they are, and what it means if it does not. */
const REQUESTS: ReadonlyArray<{ request: ProbeRequest; fix: string }> = [
  {
    request: { path: '/protected', headers: { authorization: 'Bearer probe' } },
    fix: 'Let it pass on the header Authorization.',
  },
  {
    request: { path: '/protected', headers: { authorization: `Bearer ${'a'.repeat(6000)}` } },
    fix: 'Let it accept header fields of 8 KiB. In nginx: large_client_header_buffers 4 16k.',
  },
  {
    request: { path: '/verify', headers: { cookie: 'latchkey-access=probe' } },
    fix: 'Let it pass on the header Cookie, and all paths.',
  },
  {
    request: { method: 'POST', path: '/refresh', headers: { 'refresh-attempt': 'probe' } },
    fix: 'Let it pass on POST, and the header Refresh-Attempt.',
  },
  {
    request: { method: 'DELETE', path: '/sessions/probe' },
    fix: 'Let it pass on the method DELETE.',
  },
  {
    request: {
      method: 'POST',
      path: '/register',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: '', padding: 'a'.repeat(12_000) }),
    },
    fix: 'Let it accept bodies of 16 KiB. In nginx: client_max_body_size 1m.',
  },
]

/** Compares what the server answers to what arrives behind the proxy. */
export async function checkProxy(direct: Probe, outside: Probe): Promise<Finding[]> {
  const findings: Finding[] = await changedHeaders(direct, outside)
  for (const { request, fix } of REQUESTS) {
    const [expected, actual] = await Promise.all([direct(request), outside(request)])
    if (!expected.ok) continue
    const what = `${request.method ?? 'GET'} ${request.path}`
    if (!actual.ok) findings.push({ problem: `The proxy ends ${what} (${actual.code}).`, fix })
    else if (answerOf(expected.reply) !== answerOf(actual.reply))
      findings.push({
        problem:
          `The proxy changes ${what}: the server answers ${answerOf(expected.reply)}, ` +
          `and ${answerOf(actual.reply)} arrives.`,
        fix,
      })
  }
  return findings
}

async function changedHeaders(direct: Probe, outside: Probe): Promise<Finding[]> {
  // This answer has a cookie.
  const request = { path: '/login?lang=en' }
  const [expected, actual] = await Promise.all([direct(request), outside(request)])
  if (!expected.ok || !actual.ok) return []
  return Object.entries(HEADERS)
    .filter(([name]) => expected.reply.headers[name] !== actual.reply.headers[name])
    .map(([name, effect]) => ({
      problem: `The proxy changes the header ${name} of responses. ${effect}`,
      fix: `Let it pass on ${name} as it is, and add no other.`,
    }))
}

/** The status, and the code of an error. */
function answerOf({ status, body }: ProbeReply): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown }
    return typeof error === 'string' && /^\w{1,64}$/.test(error)
      ? `${status} ${error}`
      : `${status}`
  } catch {
    return `${status}`
  }
}
