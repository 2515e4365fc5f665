import type { End, Session } from '../../core/store.ts'

/** The value of a column. */
export type Value = string | number | boolean | null

/** An object as JSON; null if it is empty. */
const toJson = (value: object): string | null =>
  Object.keys(value).length === 0 ? null : JSON.stringify(value)

const fromJson = (text: string | null): Record<string, unknown> =>
  text === null ? {} : JSON.parse(text)

export const deviceToValue = (device: Session['device']): string | null => toJson(device)

export const endToValues = ({
  at,
  reason,
  details,
}: End): [at: number, reason: string, details: string | null] => [
  at,
  reason,
  details && JSON.stringify(details),
]

/** The values of a session in the order of the columns of sql.ts. */
export function sessionToValues(session: Session): Value[] {
  return [
    session.id,
    session.identity,
    session.generation,
    session.attempt,
    session.used,
    session.issuedAt,
    session.createdAt,
    session.idleEndsAt,
    session.endsAt,
    session.rotates,
    toJson(session.claims),
    deviceToValue(session.device),
    ...(session.end ? endToValues(session.end) : [null, null, null]),
  ]
}

/** Rows as one array per column, in the text format of PostgreSQL arrays. */
export function columnArrays(rows: ReadonlyArray<readonly Value[]>): string[] {
  return rows[0]!.map((_, column) => `{${rows.map((row) => arrayElement(row[column]!)).join()}}`)
}

/** Without quotes, `null` is NULL. */
const arrayElement = (value: Value): string =>
  typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value)

/** A row in the order of the columns. Clients return a `bigint` as text. */
export type Row = [
  id: string,
  identity: string,
  generation: unknown,
  attempt: string | null,
  used: boolean,
  issuedAt: unknown,
  createdAt: unknown,
  idleEndsAt: unknown,
  endsAt: unknown,
  rotates: boolean,
  claims: string | null,
  device: string | null,
  endedAt: unknown,
  endReason: string | null,
  endDetails: string | null,
]

export function sessionFromRow(row: Row): Session {
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
    endReason,
    endDetails,
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
    claims: fromJson(claims),
    device: fromJson(device),
    end: endedAt === null ? null : endFromValues(Number(endedAt), endReason!, endDetails),
  }
}

const endFromValues = (at: number, reason: string, details: string | null): End => ({
  at,
  reason,
  details: details === null ? null : JSON.parse(details),
})
