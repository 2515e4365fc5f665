/** The tables of the application, and that of Latchkey, which `store.migrate()` creates. */
export interface Database {
  app_user: { id: string; name: string }
  latchkey_session: LatchkeySession
}

/** For reading. `pg` returns a `bigint` as text; instants are milliseconds since 1970. */
export interface LatchkeySession {
  id: string
  identity: string
  generation: string
  attempt: string | null
  used: boolean
  issued_at: string
  created_at: string
  idle_ends_at: string
  ends_at: string
  rotates: boolean
  claims: string | null
  device: string | null
  ended_at: string | null
  end_reason: string | null
  end_details: string | null
  idle_end_day: string
}
