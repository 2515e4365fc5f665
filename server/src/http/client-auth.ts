import { createHash, timingSafeEqual } from 'node:crypto'
import type { ClientCredentials } from '../cli/setting-kinds.ts'

/** A form, as a request sent it. */
type Form = Readonly<Record<string, unknown>>

/**
 * Returns the id of the client that a request authenticates by its secret, or null. The secret is
 * in the header `Authorization: Basic`, or in the form (RFC 6749, section 2.3.1). Both at once are
 * refused. An id may have several secrets, so that one can be replaced by another.
 */
export function authenticateClient(
  clients: readonly ClientCredentials[],
  authorization: string | undefined,
  form: Form,
): string | null {
  const fromForm = formCredentials(form)
  if (authorization !== undefined && 'client_secret' in form) return null
  const sent = authorization === undefined ? fromForm : basicCredentials(authorization)
  if (sent === null) return null
  // Compares with every client: the time does not depend on which of them it is.
  const matches = clients.filter(
    ({ id, secret }) => Number(equal(id, sent.id)) + Number(equal(secret, sent.secret)) === 2,
  )
  return matches.length > 0 ? sent.id : null
}

function formCredentials({ client_id: id, client_secret: secret }: Form): ClientCredentials | null {
  return typeof id === 'string' && typeof secret === 'string' ? { id, secret } : null
}

/** Longest header: an id and a secret of the longest kind, each character encoded. */
const MAX_HEADER_LENGTH = 4096

/** Id and secret are encoded as in a form before they are joined (RFC 6749, section 2.3.1). */
function basicCredentials(header: string): ClientCredentials | null {
  const encoded =
    header.length > MAX_HEADER_LENGTH ? undefined : /^basic +([\w+/=-]+)$/i.exec(header)?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon === -1) return null
  try {
    const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', '%20')),
    )
    return { id: id!, secret: secret! }
  } catch {
    return null
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
