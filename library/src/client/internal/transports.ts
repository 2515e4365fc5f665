import type { Transport } from './http.ts'
import { createCookieReader } from './session-cookie.ts'

/**
 * Both tokens are in HttpOnly cookies. A request names the session that it was made for,
 * and the server refuses it if the cookies are those of another.
 */
export const cookieTransport: Transport = {
  bearer: false,
  header: 'latchkey-session',
  scheme: '',
  readTokens: ({ session_id }) => ({ access: session_id, refresh: session_id }),
  createCookieReader,
}

/** Both tokens come in JSON, are stored in IndexedDB, and are sent in `Authorization`. */
export const bearerTransport: Transport = {
  bearer: true,
  header: 'authorization',
  scheme: 'Bearer ',
  readTokens: ({ access_token: access, refresh_token: refresh }) =>
    access && refresh ? { access, refresh } : undefined,
}
