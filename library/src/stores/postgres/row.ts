import type { Session } from '../../core/store.ts'

/** JSON of what may well be empty; null where it is. */
const json = (value: object): string | null => (Object.keys(value).length === 0 ? null : JSON.stringify(value))

/** A session as the column names have it. */
export function rowOf(session: Session): Record<string, unknown> {
  const { id, identity, counter, attempt, used, handedOutAt, createdAt, idleEndsAt, endsAt, rotates, claims, device, end } = session
  return {
    id,
    identity,
    counter,
    attempt,
    used,
    handed_out_at: handedOutAt,
    created_at: createdAt,
    idle_ends_at: idleEndsAt,
    ends_at: endsAt,
    rotates,
    claims: json(claims),
    device: json(device),
    ...(end && endOf(end)),
  }
}

export const endOf = ({ at, reason, story }: NonNullable<Session['end']>) => ({ ended_at: at, end_reason: reason, end_story: story && JSON.stringify(story) })
export const deviceOf = (device: Session['device']): string | null => json(device)

type Text = string | null
/** A row in the order of the columns. Whole numbers come as texts. */
export type Row = [
  id: string, identity: string, counter: unknown, attempt: Text, used: boolean, handedOutAt: unknown, createdAt: unknown, idleEndsAt: unknown,
  endsAt: unknown, rotates: boolean, claims: Text, device: Text, endedAt: unknown, reason: Text, story: Text,
]

export function sessionOf(row: Row): Session {
  const [id, identity, counter, attempt, used, handedOutAt, createdAt, idleEndsAt, endsAt, rotates, claims, device, endedAt, reason, story] = row
  return {
    id,
    identity,
    counter: Number(counter),
    attempt,
    used,
    handedOutAt: Number(handedOutAt),
    createdAt: Number(createdAt),
    idleEndsAt: Number(idleEndsAt),
    endsAt: Number(endsAt),
    rotates,
    claims: parsed(claims),
    device: parsed(device),
    end: endedAt === null ? null : { at: Number(endedAt), reason: reason!, story: story === null ? null : JSON.parse(story) },
  }
}

const parsed = (text: Text): Record<string, unknown> => (text === null ? {} : JSON.parse(text))
