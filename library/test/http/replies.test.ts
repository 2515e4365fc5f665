import { expect, test } from 'vitest'
import { ERRORS, refusalReply, type ErrorCode } from 'latchkey'

test.each(Object.keys(ERRORS) as ErrorCode[])(
  'refusalReply, %s: code and message in the body, headers by status',
  (code) => {
    const { status, message } = ERRORS[code]
    const reply = refusalReply({ code, status, message })
    const headers = new Headers(reply.headers.map(([name, value]) => [name, value]))
    expect(reply).toMatchObject({ status, body: { error: code, message } })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('retry-after') !== null).toBe(status === 503)
    // RFC 6750, section 3: without a token the challenge has no error attribute.
    const challenge = headers.get('www-authenticate')
    if (status !== 401) return expect(challenge).toBeNull()
    expect(challenge).toMatch(
      /^Bearer realm="latchkey"(?:, error="(?:invalid_token|insufficient_user_authentication)", error_description="[^"\\]+")?$/,
    )
    if (code === 'token_missing' || code === 'credentials_invalid')
      expect(challenge).toBe('Bearer realm="latchkey"')
  },
)
