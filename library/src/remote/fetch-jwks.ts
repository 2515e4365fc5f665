/** The largest JWKS that is read, in bytes. */
const MAX_BYTES = 256 * 1024

/**
 * Fetches a JWKS. Rejects unless the response has status 200, is not too large, arrives within
 * `timeout` milliseconds, and comes from the address itself, not from a redirect. Its content type
 * does not matter: file servers often send another one.
 */
export async function fetchJwks(address: URL, timeout: number): Promise<string> {
  const response = await fetch(address, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // An open redirect at the issuer must not decide which keys are trusted. `error` would do, but
    // workerd does not support it.
    redirect: 'manual',
    signal: AbortSignal.timeout(Math.ceil(timeout)),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(
      response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)
        ? 'the address of the JWKS redirects to another one, which is not followed'
        : `the JWKS was served with status ${response.status}`,
    )
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(await readBody(response))
}

async function readBody(response: Response): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array()
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    size += value.length
    if (size > MAX_BYTES) {
      await reader.cancel()
      throw new Error(`the JWKS is larger than ${MAX_BYTES} bytes`)
    }
    chunks.push(value)
  }
}
