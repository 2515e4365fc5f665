/** The tables of the application, and that of Latchkey, which `store.migrate()` creates. */
import { bigint, boolean, pgTable, text } from 'drizzle-orm/pg-core'

export const users = pgTable('app_user', {
  id: text().primaryKey(),
  name: text().notNull(),
})

/** For reading. Instants are milliseconds since 1970. */
export const latchkeySession = pgTable('latchkey_session', {
  id: text().primaryKey(),
  identity: text().notNull(),
  generation: bigint({ mode: 'number' }).notNull(),
  attempt: text(),
  used: boolean().notNull(),
  issuedAt: bigint('issued_at', { mode: 'number' }).notNull(),
  createdAt: bigint('created_at', { mode: 'number' }).notNull(),
  idleEndsAt: bigint('idle_ends_at', { mode: 'number' }).notNull(),
  endsAt: bigint('ends_at', { mode: 'number' }).notNull(),
  rotates: boolean().notNull(),
  claims: text(),
  device: text(),
  endedAt: bigint('ended_at', { mode: 'number' }),
  endReason: text('end_reason'),
  endDetails: text('end_details'),
  idleEndDay: bigint('idle_end_day', { mode: 'number' }).notNull(),
})
