import { randomBytes } from 'node:crypto'
import type { Awaitable } from '../awaitable.ts'

export interface User {
  /** Random; the identity of the user's sessions. Does not change when the username does. */
  id: string
  /** As the user typed it at registration. */
  username: string
  /** Null if the user signs in only in other ways. */
  passwordHash: string | null
  /** Incremented by each new password, but not when the same password is hashed again. */
  passwordVersion: number
}

/**
 * How a person has proven to own an account: `pwd` password, `otp` code of an authenticator app,
 * `hwk` or `swk` passkey (RFC 8176, section 2); `mail` code sent by mail; `fed` another issuer;
 * `recovery` recovery code.
 */
export type SignInMethod = 'pwd' | 'otp' | 'hwk' | 'swk' | 'mail' | 'fed' | 'recovery'

/** A person who has proven to own an account. */
export interface ProvenUser {
  user: User
  /** The id of the device if it is known, or null for a new one. */
  deviceId: string | null
  /** The claim `amr` of the session. */
  methods: readonly SignInMethod[]
}

/** An account of another system. */
export interface ImportedUser {
  /** Chosen here, or that of the other system. */
  id: string
  username: string
  /** In a form that `readImportedHash` or argon2 reads. Null if the user has no password. */
  passwordHash: string | null
  /** Milliseconds since 1970. */
  createdAt: number
}

/** The table of accounts. Every method throws if the database fails. */
export interface Users {
  /** Compares by `nameKey`. */
  byName(username: string): Awaitable<User | null>
  byId(id: string): Awaitable<User | null>
  /** Returns null if the name is taken. `now` is in milliseconds since 1970. Durable on return. */
  create(username: string, passwordHash: string | null, now: number): Awaitable<User | null>
  /**
   * Compare-and-set: returns false if the password was changed after `user` was read.
   * Durable on return.
   */
  changePassword(user: User, passwordHash: string): Awaitable<boolean>
  /** Replaces the hash of the same password, unless it was changed after `user` was read. */
  rehash(user: User, passwordHash: string): Awaitable<void>
  /**
   * Creates accounts, all or none if the database fails. Leaves out those whose name or id is
   * taken, and returns the ids of the others. Durable on return.
   */
  importAll(users: readonly ImportedUser[]): Awaitable<ReadonlySet<string>>
  isEmpty(): Awaitable<boolean>
}

/** 128 bits, base64url. */
export const randomUserId = (): string => randomBytes(16).toString('base64url')

/** Returns a user with a random id. Does not store it. */
export const newUser = (username: string, passwordHash: string | null): User => ({
  id: randomUserId(),
  username,
  passwordHash,
  passwordVersion: 1,
})
