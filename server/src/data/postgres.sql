-- What the server keeps beside the sessions. Instants are milliseconds since 1970.
-- The lock is held to the end of the transaction, which is all of this file: of several processes that start one goes first.
SELECT pg_advisory_xact_lock(7810208463220);

CREATE TABLE IF NOT EXISTS latchkey_user (
  id               text COLLATE "C" NOT NULL PRIMARY KEY,
  -- As its owner wrote it.
  username         text   NOT NULL,
  -- The same for all spellings that look alike: two of them are one name.
  name_key         text COLLATE "C" NOT NULL UNIQUE,
  password_hash    text   NOT NULL,
  -- Goes up with each new password.
  password_version bigint NOT NULL,
  created_at       bigint NOT NULL
);

-- Failed attempts that count. The key is a keyed hash: no name, and no password typed in its place, is stored here.
CREATE TABLE IF NOT EXISTS latchkey_throttle (
  key           text COLLATE "C" NOT NULL PRIMARY KEY,
  failures      bigint NOT NULL,
  failed_at     bigint NOT NULL,
  blocked_until bigint NOT NULL
);

CREATE INDEX IF NOT EXISTS latchkey_throttle_failed ON latchkey_throttle (failed_at);

-- What happened. The session is null for what happened to an account, or to nobody's.
CREATE TABLE IF NOT EXISTS latchkey_event (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         bigint NOT NULL,
  type       text   NOT NULL,
  session_id text COLLATE "C",
  identity   text,
  generation bigint,
  detail     text   NOT NULL
);

CREATE INDEX IF NOT EXISTS latchkey_event_session ON latchkey_event (session_id, id);
CREATE INDEX IF NOT EXISTS latchkey_event_at ON latchkey_event (at);

-- Marks of the keys with which the processes sign. Nothing can be signed with a mark.
CREATE TABLE IF NOT EXISTS latchkey_key (
  mark text COLLATE "C" NOT NULL PRIMARY KEY
);
