import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { workQueue } from '../work-queue.ts'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB (in KiB), two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Longest password, in code points and in bytes after normalisation: nobody types more, and hashing is not free. */
export const PASSWORD_MAX = 256
const PASSWORD_MAX_BYTES = 1024

/** Two leave half of Node's own threads to everything else; sixty-four wait for about a second. */
const QUEUE = { concurrency: 2, length: 64 }

/** The two functions of argon2 that are called. */
export interface Argon2 {
  hash: typeof hash
  verify: typeof verify
}

export interface Passwords {
  /** The hash to store, in PHC form; null where too many are waiting. */
  hash(password: string): Promise<string | null>
  /** Whether a password fits a hash, null being that of an account that does not exist: the work is the same. `busy` where too many are waiting. */
  verify(hash: string | null, password: string): Promise<boolean | 'busy'>
  /** True for a hash that was made with less work than today's. */
  isOutdated(hash: string): boolean
}

/** Hashes and checks passwords. */
export async function createPasswords(argon2: Argon2 = { hash, verify }): Promise<Passwords> {
  const queue = workQueue(QUEUE)
  const decoy = await argon2.hash(randomBytes(32), PARAMETERS)
  return {
    hash: async (password) => queue.run(() => argon2.hash(normalise(password), PARAMETERS)),
    async verify(stored, password) {
      if (!isBounded(password)) return false
      const fits = await queue.run(() => argon2.verify(stored ?? decoy, normalise(password)))
      return fits === null ? 'busy' : fits && stored !== null
    },
    isOutdated(stored) {
      const { memoryCost, timeCost, parallelism } = parseOptions(stored)
      return (
        memoryCost < PARAMETERS.memoryCost ||
        timeCost < PARAMETERS.timeCost ||
        parallelism < PARAMETERS.parallelism
      )
    },
  }
}

/** One form for what one person types on two keyboards (NIST SP 800-63B-4, section 3.1.1.2; UTR 15). */
export const normalise = (password: string): string => password.normalize('NFC')

/** Length in code points (NIST SP 800-63B-4, section 3.1.1.2). */
export const lengthOf = (password: string): number => Array.from(normalise(password)).length

export function isBounded(password: string): boolean {
  // The first test is cheap, and spares the others a text of any length.
  return (
    password.length <= 8 * PASSWORD_MAX &&
    lengthOf(password) <= PASSWORD_MAX &&
    Buffer.byteLength(normalise(password)) <= PASSWORD_MAX_BYTES
  )
}
