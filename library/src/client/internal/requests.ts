/** That of blob:https://api.example.com/… is https://api.example.com, which does no harm: nothing of it leaves the browser. */
export const originOf = (url: string | URL): string => new URL(new Request(url).url).origin

/**
 * A 401 that a new access token can cure: our guard's `Bearer error="invalid_token"`, or a bare `Bearer` where the cookie had
 * expired and was not sent; or no challenge, which another origin may hide. Not a step-up, and not another scheme's.
 */
export const mayHaveExpired = ({ headers }: Response): boolean =>
  /^(?!.*\berror=(?!"?invalid_token\b)).*\bbearer\b/i.test(
    headers.get('www-authenticate') ?? 'bearer',
  )
