/** Creates what is missing. Text, not a file: an application may be bundled. */
export const SCHEMA = `
-- One row per session; nothing grows with the number of refreshes.
-- Instants are milliseconds since 1970.
-- A rowid table appends rows without gaps; the random ids are in an index of their own.
CREATE TABLE IF NOT EXISTS latchkey_session (
  id           BLOB    NOT NULL UNIQUE,
  identity     TEXT    NOT NULL,
  generation   INTEGER NOT NULL,
  -- 16 spaces if there is none, so that the row does not grow, and move, with its first refresh.
  attempt      ANY     NOT NULL,
  used         INTEGER NOT NULL,
  issued_at    INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  idle_ends_at INTEGER NOT NULL,
  -- The day of idle_ends_at, for pruning. An index of the instant itself would be written at
  -- each refresh.
  idle_end_day INTEGER NOT NULL,
  ends_at      INTEGER NOT NULL,
  rotates      INTEGER NOT NULL,
  -- JSON, or null if there are none.
  claims       TEXT,
  user_agent   TEXT,
  address      TEXT,
  ended_at     INTEGER,
  end_reason   TEXT,
  end_details  TEXT
) STRICT;

-- Lists are read in pages, in the order of these indexes. Those of one instant are then sorted.
CREATE INDEX IF NOT EXISTS latchkey_session_live_list
  ON latchkey_session (identity, created_at) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_ended_list
  ON latchkey_session (identity, created_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_ended ON latchkey_session (ended_at)
  WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_idle_end ON latchkey_session (idle_end_day);

-- Single-use keys, such as those of tickets. A row may be deleted when it has expired.
CREATE TABLE IF NOT EXISTS latchkey_claimed_key (
  key        TEXT    NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS latchkey_claimed_key_expiry ON latchkey_claimed_key (expires_at);

-- Counters of tries to sign in. A row may be deleted when it has expired.
CREATE TABLE IF NOT EXISTS latchkey_try (
  key           TEXT    NOT NULL PRIMARY KEY,
  tries         INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL,
  known_until   INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS latchkey_try_expiry ON latchkey_try (expires_at);
`
