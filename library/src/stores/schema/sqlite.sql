-- One row per session; nothing grows with the number of refreshes. Instants are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS latchkey_session (
  id            TEXT    NOT NULL PRIMARY KEY,
  identity      TEXT    NOT NULL,
  counter       INTEGER NOT NULL,
  attempt       TEXT,
  used          INTEGER NOT NULL,
  handed_out_at INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  idle_ends_at  INTEGER NOT NULL,
  ends_at       INTEGER NOT NULL,
  rotates       INTEGER NOT NULL,
  claims        TEXT    NOT NULL,
  device        TEXT    NOT NULL,
  ended_at      INTEGER,
  end_reason    TEXT,
  end_story     TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS latchkey_session_identity ON latchkey_session (identity, created_at);
CREATE INDEX IF NOT EXISTS latchkey_session_ended ON latchkey_session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_idle_end ON latchkey_session (idle_ends_at);

-- What may be shown once, such as a ticket. A row is forgotten when its time has passed.
CREATE TABLE IF NOT EXISTS latchkey_once (
  key     TEXT    NOT NULL PRIMARY KEY,
  ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS latchkey_once_end ON latchkey_once (ends_at);
