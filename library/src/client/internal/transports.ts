import { ENDED_CODES } from '../../protocol.ts'
import { marker } from './session-cookie.ts'
import type { Transport } from '../transport.ts'

/** Both tokens are in HttpOnly cookies. A request says whose they should be, so that those of another session do nothing. */
export const cookieTransport: Transport = {
  bearer: false,
  header: 'latchkey-session',
  scheme: '',
  // Without a cookie to send, this browser is signed out, whatever the server thinks of the session.
  ends: [...ENDED_CODES, 'token_missing'],
  keysIn: ({ session_id }) => ({ access: session_id, refresh: session_id }),
  marker,
}
