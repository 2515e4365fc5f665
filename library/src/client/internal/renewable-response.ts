/**
 * The origin of an absolute or relative URL. A `blob:` URL has the origin of the page that made it,
 * which is harmless: a request for it never leaves the browser.
 */
export const originOf = (url: string | URL): string => new URL(new Request(url).url).origin

/**
 * True if a new access token may turn this 401 into a success. The challenge is `Bearer
 * error="invalid_token"` (RFC 6750, section 3.1); or `Bearer` alone, because the cookie had expired
 * and was not sent; or absent, because another origin may hide the header. False for a step-up
 * (another `error`) and for another scheme.
 */
export const mayHaveExpired = ({ headers }: Response): boolean =>
  /^(?!.*\berror=(?!"?invalid_token\b)).*\bbearer\b/i.test(
    headers.get('www-authenticate') ?? 'bearer',
  )
