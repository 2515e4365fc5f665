/** No set of public keys is longer, in bytes. */
const MAX_BYTES = 256 * 1024

const JSON_TYPE = /^application\/(?:jwk-set\+)?json\s*(?:;|$)/i

/** The text of a JWKS. Throws an `Error` for everything but a short 200 in JSON from the address itself, in time. */
export async function fetchJwks(address: URL, milliseconds: number): Promise<string> {
  const answer = await fetch(address, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    // Where an issuer's keys are is for the operator to say, not for whoever can make its server redirect.
    redirect: 'error',
    signal: AbortSignal.timeout(milliseconds),
  })
  const type = answer.headers.get('content-type') ?? ''
  if (answer.status !== 200 || !JSON_TYPE.test(type)) {
    await answer.body?.cancel()
    throw new Error(
      answer.status === 200
        ? 'the keys did not come as application/json'
        : `the keys were answered with status ${answer.status}`,
    )
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`the keys are longer than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
}
