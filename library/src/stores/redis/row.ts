import type { End, Session } from '../../core/store.ts'

/** The fields of a session's hash. What is absent or empty is null, or holds nothing. */
export const FIELDS = [
  'identity',
  'counter',
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
  'story',
] as const

const json = (value: object | null): string =>
  value === null || Object.keys(value).length === 0 ? '' : JSON.stringify(value)
const parsed = (text: string | null): Record<string, unknown> => (text ? JSON.parse(text) : {})

export const deviceOf = (device: Session['device']): string => json(device)
export const endOf = ({ at, reason, story }: End): string[] => [`${at}`, reason, json(story)]

/** Fields and values of a session, one after the other. */
export function fieldsOf(session: Session): string[] {
  const {
    identity,
    counter,
    attempt,
    used,
    handedOutAt,
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
    `${handedOutAt}`,
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
    'counter',
    `${counter}`,
    'attempt',
    attempt ?? '',
    'used',
    `${Number(used)}`,
    ...instants,
    'rotates',
    `${Number(rotates)}`,
  ]
  const [at, reason, story] = end === null ? [] : endOf(end)
  return [
    ...whole,
    'claims',
    json(claims),
    'device',
    json(device),
    ...(at === undefined ? [] : ['ended', at, 'reason', reason!, 'story', story!]),
  ]
}

/** The session of an id, from what `HMGET` answers for the fields; null where there is none. */
export function sessionOf(id: string, values: Array<string | null>): Session | null {
  const [
    identity,
    counter,
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
    story,
  ] = values
  if (identity === null || identity === undefined) return null
  return {
    id,
    identity,
    counter: Number(counter),
    attempt: attempt || null,
    used: used === '1',
    handedOutAt: Number(handed),
    createdAt: Number(created),
    idleEndsAt: Number(idle),
    endsAt: Number(ends),
    rotates: rotates === '1',
    claims: parsed(claims!),
    device: parsed(device!),
    end: ended
      ? { at: Number(ended), reason: reason!, story: story ? JSON.parse(story) : null }
      : null,
  }
}
