/** Scripts and styles only from files of this server. No other site may frame a page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const ALWAYS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['Content-Security-Policy', POLICY],
  ['X-Content-Type-Options', 'nosniff'],
  // Not `no-referrer`: browsers would send forms with the origin `null`.
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Frame-Options', 'DENY'],
]

/** A year, in seconds (RFC 6797). Without `includeSubDomains`: subdomains may be other services. */
const HSTS = ['Strict-Transport-Security', 'max-age=31536000'] as const

/** Sets the headers of every response. Those without `Cache-Control` get `no-store`. */
export function setSecurityHeaders(headers: Headers, { https }: { https: boolean }): void {
  for (const [name, value] of https ? [...ALWAYS, HSTS] : ALWAYS) headers.set(name, value)
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
}
