/** Creates what is missing. Text, not a file: an application may be bundled. */
const SCHEMA = `
-- One row per session; nothing grows with the number of refreshes.
-- Instants are milliseconds since 1970.

-- This script runs in one transaction, which holds the lock until it ends: processes migrate one
-- after another.
SELECT pg_advisory_xact_lock(7810208463219);

-- The fill factor leaves room in each page, so that a refresh is a HOT update and writes no index.
CREATE TABLE IF NOT EXISTS latchkey_session (
  id           text COLLATE "C" NOT NULL PRIMARY KEY,
  identity     text COLLATE "C" NOT NULL,
  generation   bigint  NOT NULL,
  attempt      text,
  used         boolean NOT NULL,
  issued_at    bigint  NOT NULL,
  created_at   bigint  NOT NULL,
  idle_ends_at bigint  NOT NULL,
  ends_at      bigint  NOT NULL,
  rotates      boolean NOT NULL,
  -- JSON, as text so that it is read exactly as it was written. Null if it is empty.
  claims       text,
  device       text,
  ended_at     bigint,
  end_reason   text,
  end_details  text,
  -- For pruning. An index of idle_ends_at would be written at each refresh, this one once a day.
  idle_end_day bigint  NOT NULL GENERATED ALWAYS AS (idle_ends_at / 86400000) STORED
) WITH (fillfactor = 80);

-- Lists are read in pages, in the order of these indexes. Identities may be too long for an index,
-- and are only compared for equality.
CREATE INDEX IF NOT EXISTS latchkey_session_live_list
  ON latchkey_session (hashtextextended(identity, 0), created_at, id) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_ended_list
  ON latchkey_session (hashtextextended(identity, 0), created_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_ended ON latchkey_session (ended_at)
  WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_idle_end ON latchkey_session (idle_end_day);

-- Single-use keys, such as those of tickets. A row may be deleted when it has expired.
CREATE TABLE IF NOT EXISTS latchkey_claimed_key (
  key        text COLLATE "C" NOT NULL PRIMARY KEY,
  expires_at bigint NOT NULL
);

CREATE INDEX IF NOT EXISTS latchkey_claimed_key_expiry ON latchkey_claimed_key (expires_at);

-- Counters of tries to sign in. A row may be deleted when it has expired.
CREATE TABLE IF NOT EXISTS latchkey_try (
  key           text COLLATE "C" NOT NULL PRIMARY KEY,
  tries         bigint NOT NULL,
  blocked_until bigint NOT NULL,
  known_until   bigint NOT NULL,
  expires_at    bigint NOT NULL
);

CREATE INDEX IF NOT EXISTS latchkey_try_expiry ON latchkey_try (expires_at);
`

/** The columns and indexes of each table, to see whether a migration is needed. */
export const TABLES: Record<string, { columns: string[]; indexes: string[] }> = {
  latchkey_session: {
    columns: (
      'id identity generation attempt used issued_at created_at idle_ends_at ends_at rotates ' +
      'claims device ended_at end_reason end_details idle_end_day'
    ).split(' '),
    indexes: ['live_list', 'ended_list', 'ended', 'idle_end'].map(
      (name) => `latchkey_session_${name}`,
    ),
  },
  latchkey_claimed_key: {
    columns: ['key', 'expires_at'],
    indexes: ['latchkey_claimed_key_expiry'],
  },
  latchkey_try: {
    columns: ['key', 'tries', 'blocked_until', 'known_until', 'expires_at'],
    indexes: ['latchkey_try_expiry'],
  },
}

const TABLE_NAME = /\blatchkey_(?:session|claimed_key|try)\b/g

/** Puts the names of the tables into a schema; unchanged for an empty one. */
export const inSchema = (sql: string, schema: string): string =>
  schema === '' ? sql : sql.replaceAll(TABLE_NAME, `${quote(schema)}.$&`)

/** The statements that create what is missing, in one transaction. */
export const schemaSql = (schema: string): string =>
  schema === '' ? SCHEMA : `${createSchema(schema)}\n${inSchema(SCHEMA, schema)}`

/** `IF NOT EXISTS` needs the right to create schemas even if this one exists. */
const createSchema = (schema: string): string => `
DO $$ BEGIN
  IF to_regnamespace('${quote(schema)}') IS NULL THEN CREATE SCHEMA ${quote(schema)}; END IF;
END $$;`

/** A name that needs no escape anywhere; PostgreSQL cuts off what is longer. */
export const isSchemaName = (name: string): boolean => /^[A-Za-z_][\w-]{0,62}$/.test(name)

/** Names in capitals need quotes. */
const quote = (name: string): string => `"${name}"`
