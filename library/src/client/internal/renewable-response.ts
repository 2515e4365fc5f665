/**
 * The origin of an absolute or relative URL, as the page sees it: not every `Request` takes a
 * relative one. A `blob:` URL has the origin of the page that made it, which is harmless: a request
 * for it never leaves the browser.
 */
export function originOf(url: string | URL): string {
  const globals: Partial<typeof globalThis> = globalThis
  return new URL(url, globals.document?.baseURI ?? globals.location?.href).origin
}

/**
 * True if a new access token may turn this 401 into a success. The challenge is `Bearer
 * error="invalid_token"` (RFC 6750, section 3.1); or `Bearer` alone, because the cookie had expired
 * and was not sent. False for a step-up (another `error`), for another scheme, and without a
 * challenge: that is a 401 of the application. `mayBeHidden`: another origin may hide the header,
 * and to repeat the request changes nothing.
 */
export const mayHaveExpired = (
  response: { headers: Pick<Headers, 'get'> },
  mayBeHidden = false,
): boolean =>
  /^(?!.*\berror=(?!"?invalid_token\b)).*\bbearer\b/i.test(
    response.headers.get('www-authenticate') ?? (mayBeHidden ? 'bearer' : ''),
  )
