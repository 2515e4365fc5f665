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
  const ended = end ? endOf(end) : [null, null, null]
  return [
    id,
    identity,
    generation,
    attempt,
    used,
    issuedAt,
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
  details,
}: End): [at: number, reason: string, details: string | null] => [
  at,
  reason,
  details && JSON.stringify(details),
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
  generation: unknown,
  attempt: Text,
  used: boolean,
  issuedAt: unknown,
  createdAt: unknown,
  idleEndsAt: unknown,
  endsAt: unknown,
  rotates: boolean,
  claims: Text,
  device: Text,
  endedAt: unknown,
  reason: Text,
  details: Text,
]

export function sessionOf(row: Row): Session {
  const [
    id,
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
    reason,
    details,
  ] = row
  return {
    id,
    identity,
    generation: Number(generation),
    attempt,
    used,
    issuedAt: Number(issuedAt),
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
            details: details === null ? null : JSON.parse(details),
          },
  }
}

const parsed = (text: Text): Record<string, unknown> => (text === null ? {} : JSON.parse(text))
