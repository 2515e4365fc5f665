import type { End, Session } from '../../core/store.ts'

/** JSON of what may well be empty; null where it is. */
const json = (value: object): string | null =>
  Object.keys(value).length === 0 ? null : JSON.stringify(value)

/** What a column holds. */
export type Value = string | number | boolean | null

/** A session in the order of the columns. */
export function rowOf(session: Session): Value[] {
  const {
    id,
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
  const ended = end ? endOf(end) : [null, null, null]
  return [
    id,
    identity,
    counter,
    attempt,
    used,
    handedOutAt,
    createdAt,
    idleEndsAt,
    endsAt,
    rotates,
    json(claims),
    json(device),
    ...ended,
  ]
}

export const endOf = ({
  at,
  reason,
  story,
}: End): [at: number, reason: string, story: string | null] => [
  at,
  reason,
  story && JSON.stringify(story),
]
export const deviceOf = (device: Session['device']): string | null => json(device)

/** Rows as one array a column, as PostgreSQL writes arrays: `null` without quotes is one. */
export function arraysOf(rows: ReadonlyArray<readonly Value[]>): string[] {
  return rows[0]!.map((_, column) => `{${rows.map((row) => elementOf(row[column]!)).join()}}`)
}
const elementOf = (value: Value): string =>
  typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)

type Text = string | null
/** A row in the order of the columns. Whole numbers come as texts. */
export type Row = [
  id: string,
  identity: string,
  counter: unknown,
  attempt: Text,
  used: boolean,
  handedOutAt: unknown,
  createdAt: unknown,
  idleEndsAt: unknown,
  endsAt: unknown,
  rotates: boolean,
  claims: Text,
  device: Text,
  endedAt: unknown,
  reason: Text,
  story: Text,
]

export function sessionOf(row: Row): Session {
  const [
    id,
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
    endedAt,
    reason,
    story,
  ] = row
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
    end:
      endedAt === null
        ? null
        : {
            at: Number(endedAt),
            reason: reason!,
            story: story === null ? null : JSON.parse(story),
          },
  }
}

const parsed = (text: Text): Record<string, unknown> => (text === null ? {} : JSON.parse(text))
