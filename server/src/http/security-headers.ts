/** Scripts and styles come from files of this server only, and no other site may frame, embed or read a page of it. */
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
  // Not `no-referrer`: a form would then be sent with the origin `null`.
  ['Referrer-Policy', 'same-origin'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Frame-Options', 'DENY'],
]

/** Seconds: a year (RFC 6797). Without `includeSubDomains`: other hosts below this one are not ours to decide about. */
const HSTS = ['Strict-Transport-Security', 'max-age=31536000'] as const

/** Sets what every answer carries; what nobody may keep says so unless it said otherwise. */
export function secure(headers: Headers, { https }: { https: boolean }): void {
  for (const [name, value] of https ? [...ALWAYS, HSTS] : ALWAYS) headers.set(name, value)
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
}
