/** The largest JWKS that is read, in bytes. */
const MAX_BYTES = 256 * 1024

const JSON_TYPE = /^application\/(?:jwk-set\+)?json\s*(?:;|$)/i

/**
 * Fetches a JWKS. Rejects unless the response has status 200, is JSON, is not too large, arrives
 * within `timeout` milliseconds, and comes from the address itself, not from a redirect.
 */
export async function fetchJwks(address: URL, timeout: number): Promise<string> {
  const response = await fetch(address, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // An open redirect at the issuer must not decide which keys are trusted.
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  })
  const type = response.headers.get('content-type') ?? ''
  if (response.status !== 200 || !JSON_TYPE.test(type)) {
    await response.body?.cancel()
    throw new Error(
      response.status === 200
        ? 'the JWKS was not served as application/json'
        : `the JWKS was served with status ${response.status}`,
    )
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`the JWKS is larger than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
}
