import type { End, Session } from '../../core/store.ts'

/** The fields of a session's hash. What is absent or empty is null, or holds nothing. */
export const FIELDS = [
  'identity',
  'generation',
  'attempt',
  'used',
  'handed',
  'created',
  'idle',
  'ends',
  'rotates',
  'claims',
  'device',
  'ended',
  'reason',
  'details',
] as const

const json = (value: object | null): string =>
  value === null || Object.keys(value).length === 0 ? '' : JSON.stringify(value)
const parsed = (text: string | null): Record<string, unknown> => (text ? JSON.parse(text) : {})

export const deviceOf = (device: Session['device']): string => json(device)
export const endOf = ({ at, reason, details }: End): string[] => [`${at}`, reason, json(details)]

/** Fields and values of a session, one after the other. */
export function fieldsOf(session: Session): string[] {
  const {
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
    end,
  } = session
  const instants = [
    'handed',
    `${issuedAt}`,
    'created',
    `${createdAt}`,
    'idle',
    `${idleEndsAt}`,
    'ends',
    `${endsAt}`,
  ]
  const whole = [
    'identity',
    identity,
    'generation',
    `${generation}`,
    'attempt',
    attempt ?? '',
    'used',
    `${Number(used)}`,
    ...instants,
    'rotates',
    `${Number(rotates)}`,
  ]
  const [at, reason, details] = end === null ? [] : endOf(end)
  return [
    ...whole,
    'claims',
    json(claims),
    'device',
    json(device),
    ...(at === undefined ? [] : ['ended', at, 'reason', reason!, 'details', details!]),
  ]
}

/** The session of an id, from what `HMGET` answers for the fields; null where there is none. */
export function sessionOf(id: string, values: Array<string | null>): Session | null {
  const [
    identity,
    generation,
    attempt,
    used,
    handed,
    created,
    idle,
    ends,
    rotates,
    claims,
    device,
    ended,
    reason,
    details,
  ] = values
  if (identity === null || identity === undefined) return null
  return {
    id,
    identity,
    generation: Number(generation),
    attempt: attempt || null,
    used: used === '1',
    issuedAt: Number(handed),
    createdAt: Number(created),
    idleEndsAt: Number(idle),
    endsAt: Number(ends),
    rotates: rotates === '1',
    claims: parsed(claims!),
    device: parsed(device!),
    end: ended
      ? { at: Number(ended), reason: reason!, details: details ? JSON.parse(details) : null }
      : null,
  }
}
