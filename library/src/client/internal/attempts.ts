/**
 * What a client remembers of its refreshes, on disk before a request goes out. The server lets exactly the client that
 * made a generation have it again, so an answer that was lost, or written to a disk that crashed, is asked for again.
 */
export interface Attempts {
  /** The generation that the last answer named. */
  generation: number
  /** The attempt under way, or one whose answer made no new generation; null before the first. */
  pending: string | null
  /** The attempt that made `generation`. */
  previous: string | null
}

/** The record with an attempt to send. One that never got a new generation is sent again, not replaced. */
export const withAttempt = <Record extends Attempts>(
  record: Record,
  newAttempt: () => string,
): Record => (record.pending === null ? { ...record, pending: newAttempt() } : record)

/** The value of the header `Refresh-Attempt`. */
export const attemptHeader = ({ pending, previous }: Attempts): string =>
  previous === null ? `${pending}` : `${pending}, ${previous}`

/**
 * The record after an answer, which names a generation, to a request begun when the record said `begunAt`.
 * An answer that comes after a later one was noted changes nothing.
 */
export function withResponse<Record extends Attempts>(
  record: Record,
  begunAt: number,
  answer: Pick<Record, 'generation'> & Partial<Record>,
): Record {
  const { generation, pending, previous } = record
  if (answer.generation < generation && generation !== begunAt) return record
  return {
    ...record,
    ...answer,
    ...(answer.generation !== generation && { pending: null, previous: pending ?? previous }),
  }
}

/** 22 characters of base64url. That two of the alphabet become one takes less than a bit from 128. */
export const newAttempt = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
    .replace(/\W/g, '_')
    .slice(0, 22)
