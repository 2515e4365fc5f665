import type { End, Session } from '../../core/store.ts'

/**
 * The fields of a session's hash, in the order in which they are read. An absent or empty field
 * stands for null or an empty object.
 */
export const FIELDS = [
  'identity',
  'generation',
  'attempt',
  'used',
  'issuedAt',
  'createdAt',
  'idleEndsAt',
  'endsAt',
  'rotates',
  'claims',
  'device',
  'endedAt',
  'endReason',
  'endDetails',
] as const

const toJson = (value: object | null): string =>
  value === null || Object.keys(value).length === 0 ? '' : JSON.stringify(value)

const fromJson = (text: string | null): Record<string, unknown> => (text ? JSON.parse(text) : {})

export const deviceToValue = (device: Session['device']): string => toJson(device)

export const endToValues = ({ at, reason, details }: End): string[] => [
  `${at}`,
  reason,
  toJson(details),
]

/** Alternating field names and values of a session, as `HSET` takes them. */
export function sessionToFields(session: Session): string[] {
  const values = [
    session.identity,
    `${session.generation}`,
    session.attempt ?? '',
    `${Number(session.used)}`,
    `${session.issuedAt}`,
    `${session.createdAt}`,
    `${session.idleEndsAt}`,
    `${session.endsAt}`,
    `${Number(session.rotates)}`,
    toJson(session.claims),
    deviceToValue(session.device),
    ...(session.end === null ? [] : endToValues(session.end)),
  ]
  return values.flatMap((value, index) => [FIELDS[index]!, value])
}

/** A session from the reply to `HMGET` with `FIELDS`; null if the key does not exist. */
export function sessionFromValues(id: string, values: Array<string | null>): Session | null {
  const [
    identity,
    generation,
    attempt,
    used,
    issuedAt,
    createdAt,
    idleEndsAt,
    endsAt,
    rotates,
    claims,
    device,
    endedAt,
    endReason,
    endDetails,
  ] = values
  if (identity === null || identity === undefined) return null
  return {
    id,
    identity,
    generation: Number(generation),
    attempt: attempt || null,
    used: used === '1',
    issuedAt: Number(issuedAt),
    createdAt: Number(createdAt),
    idleEndsAt: Number(idleEndsAt),
    endsAt: Number(endsAt),
    rotates: rotates === '1',
    claims: fromJson(claims!),
    device: fromJson(device!),
    end: endedAt ? endFromValues(endedAt, endReason!, endDetails!) : null,
  }
}

const endFromValues = (at: string, reason: string, details: string | null): End => ({
  at: Number(at),
  reason,
  details: details ? JSON.parse(details) : null,
})
