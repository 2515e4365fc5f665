/**
 * What a client remembers of its refreshes. It is on disk before a request is sent. An attempt is
 * an idempotency key: the server gives a generation again only to the client that can name the
 * attempt which made it. So a client whose response was lost, or whose disk crashed before it was
 * written, can ask again.
 */
export interface Attempts {
  /** The generation in the last response. */
  generation: number
  /**
   * The attempt in progress, or the last one if its response brought no new generation; null before
   * the first.
   */
  pending: string | null
  /** The attempt that made `generation`. */
  previous: string | null
}

/** The record with an attempt to send. A pending attempt is sent again, not replaced. */
export const withAttempt = <Record extends Attempts>(
  record: Record,
  newAttempt: () => string,
): Record => (record.pending === null ? { ...record, pending: newAttempt() } : record)

/** The value of the header `Refresh-Attempt`. */
export const attemptHeader = ({ pending, previous }: Attempts): string =>
  previous === null ? `${pending}` : `${pending}, ${previous}`

/**
 * The record after a response that names a generation. `begunAt` is the generation of the record
 * when the request was sent. A response that arrives after a later one changes nothing.
 */
export function withResponse<Record extends Attempts>(
  record: Record,
  begunAt: number,
  response: Pick<Record, 'generation'> & Partial<Record>,
): Record {
  const { generation } = record
  if (response.generation < generation && generation !== begunAt) return record
  return {
    ...record,
    ...response,
    ...(response.generation !== generation && {
      pending: null,
      previous: record.pending ?? record.previous,
    }),
  }
}

/** The part of `crypto` that is used. */
export interface RandomSource {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): unknown
}

/**
 * 22 characters of base64url. `+` and `/` both become `_`, which costs less than 1 of the 128 bits.
 */
export function newAttempt(source: RandomSource = crypto): string {
  const bytes = new Uint8Array(16)
  source.getRandomValues(bytes)
  return btoa(String.fromCharCode(...bytes))
    .replace(/\W/g, '_')
    .slice(0, 22)
}
