import { ENDED_CODES } from '../protocol.ts'
import type { Transport } from './transport.ts'

/** Both tokens come in JSON, are kept in IndexedDB, and go out in `Authorization`. */
export const bearerTransport: Transport = {
  bearer: true,
  header: 'authorization',
  scheme: 'Bearer ',
  ends: ENDED_CODES,
  keysIn: ({ access_token: access, refresh_token: refresh }) =>
    access && refresh ? { access, refresh } : undefined,
}
