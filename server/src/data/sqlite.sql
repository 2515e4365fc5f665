-- What the server keeps beside the sessions. Instants are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS user (
  id               TEXT    NOT NULL PRIMARY KEY,
  -- As its owner wrote it.
  username         TEXT    NOT NULL,
  -- The same for all spellings that look alike: two of them are one name.
  name_key         TEXT    NOT NULL UNIQUE,
  password_hash    TEXT    NOT NULL,
  -- Goes up with each new password.
  password_version INTEGER NOT NULL,
  created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Failed attempts that count. The key is a keyed hash: no name, and no password typed in its place, is stored here.
CREATE TABLE IF NOT EXISTS throttle (
  key           TEXT    NOT NULL PRIMARY KEY,
  failures      INTEGER NOT NULL,
  failed_at     INTEGER NOT NULL,
  blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS throttle_failed ON throttle (failed_at);

-- What happened. The session is null for what happened to an account, or to nobody's.
CREATE TABLE IF NOT EXISTS event (
  id            INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  type          TEXT    NOT NULL,
  session_id    TEXT,
  identity      TEXT,
  generation    INTEGER,
  detail        TEXT    NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS event_session ON event (session_id, id);
CREATE INDEX IF NOT EXISTS event_at ON event (at);
