const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/

/**
 * Checks the address of a JWKS. Throws a `TypeError` unless it is https without credentials, or
 * plain http that an option allows.
 */
export function readAddress(
  url: string | URL,
  options: { dangerouslyInsecureLoopback?: boolean; dangerouslyInsecureHttp?: boolean },
): URL {
  const address = URL.canParse(String(url)) ? new URL(url) : null
  const advice = address?.protocol === 'http:' ? httpError(address, options) : ''
  const isSafe = address?.protocol === 'https:' || advice === null
  if (address === null || !isSafe || address.username !== '' || address.password !== '')
    throw new TypeError(
      `remoteKeys takes an https address without a user name and password${advice ?? ''}`,
    )
  return address
}

/** What would allow plain http, as the end of a sentence; null if it is allowed. */
function httpError(
  { hostname }: URL,
  {
    dangerouslyInsecureLoopback = false,
    dangerouslyInsecureHttp = false,
  }: Parameters<typeof readAddress>[1],
): string | null {
  if (dangerouslyInsecureHttp) return null
  if (!LOOPBACK.test(hostname))
    return (
      '. The option "dangerouslyInsecureHttp" allows plain http, for a network that no one else ' +
      'can reach'
    )
  return dangerouslyInsecureLoopback
    ? null
    : '. The option "dangerouslyInsecureLoopback" allows plain http on this machine'
}
