import { SetupError } from '../../core/setup-error.ts'
import { warnOfClock } from '../clock.ts'
import { notDurableError } from '../not-durable.ts'
import type { PostgresConnection } from './client.ts'
import type { Queries } from './query-batches.ts'
import { schemaSql, TABLES } from './schema.ts'

export interface MigrateSettings {
  schema: string
  migrate: 'create' | 'check'
  dangerouslyNotDurable: boolean
}

/**
 * Checks the server and the schema, and creates what is missing. Nothing is written if nothing is
 * missing: the role may have no right to create.
 */
export async function migrate(
  connection: PostgresConnection,
  queries: Queries,
  settings: MigrateSettings,
): Promise<void> {
  await checkServer(queries, settings)
  const missing = await missingParts(queries)
  if (missing.length > 0) {
    if (settings.migrate === 'check') throw incompleteError(missing, settings)
    await connection.runScript(schemaSql(settings.schema)).then(undefined, (cause: unknown) => {
      throw (cause as { code?: unknown }).code === '42501'
        ? incompleteError(missing, settings, cause as Error)
        : cause
    })
  }
  await checkRights(queries)
}

async function checkServer(queries: Queries, settings: MigrateSettings): Promise<void> {
  const rows = await queries.run('settings').catch((cause: unknown) => {
    throw unreachableError(cause)
  })
  const [[fsync, arrayNulls, now] = []] = rows
  warnOfClock('PostgreSQL', Number(now))
  if (fsync === 'off' && !settings.dangerouslyNotDurable)
    throw notDurableError(
      'PostgreSQL runs with fsync = off: a power cut could corrupt it or bring back ended ' +
        'sessions. Set fsync = on. If you accept the risk, pass { dangerouslyNotDurable: true } ' +
        'to postgresStore',
    )
  // Null values would be stored as the text "null".
  if (arrayNulls === 'off')
    throw new Error(
      'PostgreSQL runs with array_nulls = off, and cannot store null values. Set array_nulls = on',
    )
}

/** Of a host with several addresses the error is an `AggregateError` without a message. */
function unreachableError(cause: unknown): Error {
  const { message, errors, code } = cause as Partial<AggregateError> & { code?: unknown }
  const said = message || (errors as Error[] | undefined)?.map((error) => error.message).join(', ')
  return Object.assign(
    new Error(
      `postgresStore: the database cannot be used (${said}): check that it runs, ` +
        'and its address, name, user and password',
      { cause },
    ),
    code !== undefined && { code },
  )
}

/** The names of the tables, columns and indexes that are not there. */
async function missingParts(queries: Queries): Promise<string[]> {
  const wanted = Object.entries(TABLES).flatMap(([table, { columns, indexes }]) => [
    ...columns.map((column) => `${table}.${column}`),
    ...indexes,
  ])
  const found = new Set((await queries.run('schemaParts')).map(([name]) => String(name)))
  return wanted.filter((name) => !found.has(name))
}

function incompleteError(
  missing: string[],
  { schema }: MigrateSettings,
  cause?: Error,
): SetupError {
  const reason = cause && `, and this role may not create it (${cause.message})`
  const first = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : '')
  const argument = schema === '' ? '' : `{ schema: '${schema}' }`
  return new SetupError(
    `postgresStore: the schema lacks ${first}${reason ?? ''}. Let the owner of the database run ` +
      `what this prints: node -p "require('latchkey/stores/postgres').postgresSchema(${argument})"`,
    { cause },
  )
}

async function checkRights(queries: Queries): Promise<void> {
  const rows = await queries.run('lackingRights')
  if (rows.length === 0) return
  const tables = rows.map(([table]) => String(table)).join(', ')
  throw new SetupError(
    'postgresStore: this role may not read and write the tables. Let their owner run: ' +
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO the_role`,
  )
}
