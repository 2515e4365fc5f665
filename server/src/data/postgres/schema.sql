-- Accounts, failed attempts, events, key fingerprints and notes. The session store has its own schema.
-- Instants are milliseconds since 1970.
-- This file runs as one transaction. The lock makes processes that start together wait for each other.
SELECT pg_advisory_xact_lock(7810208463220);

CREATE TABLE IF NOT EXISTS latchkey_user (
  id               text COLLATE "C" NOT NULL PRIMARY KEY,
  -- As the user typed it.
  username         text   NOT NULL,
  -- The same for all spellings that look alike, so that only one of them can be registered.
  name_key         text COLLATE "C" NOT NULL UNIQUE,
  -- Null if the user signs in only in other ways.
  password_hash    text,
  -- Incremented by each new password.
  password_version bigint NOT NULL,
  created_at       bigint NOT NULL
);

-- Events of sessions, and, with a null session, of accounts.
CREATE TABLE IF NOT EXISTS latchkey_event (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         bigint NOT NULL,
  type       text   NOT NULL,
  session_id text COLLATE "C",
  identity   text,
  generation bigint,
  detail     text   NOT NULL
);

CREATE INDEX IF NOT EXISTS latchkey_event_session_at ON latchkey_event (session_id, at, id);
CREATE INDEX IF NOT EXISTS latchkey_event_identity_at ON latchkey_event (identity, at, id);
CREATE INDEX IF NOT EXISTS latchkey_event_at ON latchkey_event (at);

-- Fingerprints of the keys that the processes sign with. A fingerprint cannot sign.
CREATE TABLE IF NOT EXISTS latchkey_key (
  fingerprint text COLLATE "C" NOT NULL PRIMARY KEY
);

-- What the processes must agree on, such as where the sessions are.
CREATE TABLE IF NOT EXISTS latchkey_note (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  value text NOT NULL
);

-- The processes of the last day, and the ids of the keys that they work with.
CREATE TABLE IF NOT EXISTS latchkey_process (
  id          text COLLATE "C" NOT NULL PRIMARY KEY,
  started_at  bigint  NOT NULL,
  seen_at     bigint  NOT NULL,
  has_stopped boolean NOT NULL,
  -- The first key signs.
  key_ids     text[]  NOT NULL
);
