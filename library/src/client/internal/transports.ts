import type { Transport } from './context.ts'
import { clearCookies } from './pending-sign-outs.ts'
import { createCookieReader } from './session-cookie.ts'
import { withCookie } from './shared-record.ts'
import { signOutCookies } from './sign-out.ts'

/**
 * Both tokens are in HttpOnly cookies. A request names the session that it was made for,
 * and the server refuses it if the cookies are those of another.
 */
export const cookieTransport: Transport = {
  header: 'latchkey-session',
  scheme: '',
  readTokens: ({ session_id }) => ({ access: session_id, refresh: session_id }),
  cookies: {
    createReader: createCookieReader,
    update: withCookie,
    clear: clearCookies,
    signOut: signOutCookies,
  },
}

/** Both tokens come in JSON, are stored in IndexedDB, and are sent in `Authorization`. */
export const bearerTransport: Transport = {
  header: 'authorization',
  scheme: 'Bearer ',
  readTokens: ({ access_token: access, refresh_token: refresh }) =>
    access && refresh ? { access, refresh } : undefined,
}
