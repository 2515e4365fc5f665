-- Accounts, failed attempts, events, key fingerprints and notes. The session store has its own schema.
-- Instants are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS user (
  id               TEXT    NOT NULL PRIMARY KEY,
  -- As the user typed it.
  username         TEXT    NOT NULL,
  -- The same for all spellings that look alike, so that only one of them can be registered.
  name_key         TEXT    NOT NULL UNIQUE,
  -- Null if the user signs in only in other ways.
  password_hash    TEXT,
  -- Incremented by each new password.
  password_version INTEGER NOT NULL,
  created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events of sessions, and, with a null session, of accounts.
CREATE TABLE IF NOT EXISTS event (
  id            INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  type          TEXT    NOT NULL,
  session_id    TEXT,
  identity      TEXT,
  generation    INTEGER,
  detail        TEXT    NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS event_session_at ON event (session_id, at);
CREATE INDEX IF NOT EXISTS event_identity_at ON event (identity, at);
CREATE INDEX IF NOT EXISTS event_at ON event (at);

-- Fingerprints of the keys that the processes sign with. A fingerprint cannot sign.
CREATE TABLE IF NOT EXISTS key (
  fingerprint TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What the processes must agree on, such as where the sessions are.
CREATE TABLE IF NOT EXISTS note (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The processes of the last day, and the ids of the keys that they work with.
CREATE TABLE IF NOT EXISTS process (
  id          TEXT    NOT NULL PRIMARY KEY,
  started_at  INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  has_stopped INTEGER NOT NULL,
  -- A JSON array. The first key signs.
  key_ids     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
