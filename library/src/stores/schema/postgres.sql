-- One row per session; nothing grows with the number of refreshes. Instants are milliseconds since 1970.
-- The lock is held to the end of the transaction, which is all of this file: of several processes that migrate one goes first.
SELECT pg_advisory_xact_lock(7810208463219);

-- Room is left in each page, so that a refresh finds place beside the old row and touches no index.
CREATE TABLE IF NOT EXISTS latchkey_session (
  id            text COLLATE "C" NOT NULL PRIMARY KEY,
  identity      text COLLATE "C" NOT NULL,
  generation       bigint  NOT NULL,
  attempt       text,
  used          boolean NOT NULL,
  issued_at bigint  NOT NULL,
  created_at    bigint  NOT NULL,
  idle_ends_at  bigint  NOT NULL,
  ends_at       bigint  NOT NULL,
  rotates       boolean NOT NULL,
  -- JSON; as text it comes back exactly as it went in. Null where there is nothing to say.
  claims        text,
  device        text,
  ended_at      bigint,
  end_reason    text,
  end_story     text,
  -- For pruning. An index of `idle_ends_at` itself would be written at each refresh; this one is once a day.
  idle_end_day  bigint  NOT NULL GENERATED ALWAYS AS (idle_ends_at / 86400000) STORED
) WITH (fillfactor = 80);

-- Of any length, and only ever asked for the whole.
CREATE INDEX IF NOT EXISTS latchkey_session_identity ON latchkey_session USING hash (identity);
CREATE INDEX IF NOT EXISTS latchkey_session_ended ON latchkey_session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latchkey_session_idle_end ON latchkey_session (idle_end_day);

-- What may be shown once, such as a ticket. A row is forgotten when its time has passed.
CREATE TABLE IF NOT EXISTS latchkey_once (
  key     text COLLATE "C" NOT NULL PRIMARY KEY,
  ends_at bigint NOT NULL
);

CREATE INDEX IF NOT EXISTS latchkey_once_end ON latchkey_once (ends_at);
