-- One row per session; nothing grows with the number of refreshes. Instants are milliseconds since 1970.
-- Rows lie one behind the other as they come, without room between them; the random ids are in an index.
CREATE TABLE IF NOT EXISTS latchkey_session (
  id            BLOB    NOT NULL UNIQUE,
  identity      TEXT    NOT NULL,
  generation       INTEGER NOT NULL,
  -- 16 spaces for none: a row that does not grow with its first refresh stays in its place.
  attempt       ANY     NOT NULL,
  used          INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  idle_ends_at  INTEGER NOT NULL,
  -- The day of `idle_ends_at`, for pruning: an index of the instant itself would be written at each refresh.
  idle_end_day  INTEGER NOT NULL,
  ends_at       INTEGER NOT NULL,
  rotates       INTEGER NOT NULL,
  -- JSON, or null where there are none.
  claims        TEXT,
  user_agent    TEXT,
  address       TEXT,
  ended_at      INTEGER,
  end_reason    TEXT,
  end_story     TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS latchkey_session_identity ON latchkey_session (identity);
CREATE INDEX IF NOT EXISTS latchkey_session_ended ON latchkey_session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_idle_end ON latchkey_session (idle_end_day);

-- What may be shown once, such as a ticket. A row is forgotten when its time has passed.
CREATE TABLE IF NOT EXISTS latchkey_once (
  key     TEXT    NOT NULL PRIMARY KEY,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS latchkey_once_end ON latchkey_once (ends_at);
