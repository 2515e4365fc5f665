import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { workQueue } from '../bounded-queue.ts'
import { readImportedHash } from './imported-hashes.ts'

/** argon2id with 19 MiB (in KiB), two passes, one lane (OWASP Password Storage Cheat Sheet). */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Longest password, in code points and in bytes after normalization. */
export const PASSWORD_MAX = 256
const PASSWORD_MAX_BYTES = 1024

/**
 * Whose turn comes first: devices and addresses that an account has signed in from, then other
 * sign-ins, then new passwords. A flood of one kind does not keep out those before it.
 */
export type HashPriority = 'known' | 'sign-in' | 'new'

/**
 * Two of the four threads of Node's pool, so that the others stay free. The last of 64 waiting
 * hashes runs after about one second.
 */
const QUEUE = { concurrency: 2, maxWaiting: { known: 64, 'sign-in': 64, new: 16 } }

/** The functions of the argon2 package that are used. */
export interface Argon2 {
  hash: typeof hash
  verify: typeof verify
}

export interface Passwords {
  /** Returns the hash in PHC string format, or null if too many are waiting. */
  hash(password: string): Promise<string | null>
  /**
   * Returns true if the password matches the hash, or `busy` if too many are waiting. For an
   * account that does not exist pass null: the work is the same, the result is false.
   */
  verify(hash: string | null, password: string, priority?: HashPriority): Promise<boolean | 'busy'>
  /** Returns true if the hash has weaker parameters than today's, or another system made it. */
  isOutdated(hash: string): boolean
}

export async function createPasswords(argon2: Argon2 = { hash, verify }): Promise<Passwords> {
  const queue = workQueue(QUEUE)
  const dummyHash = await argon2.hash(randomBytes(32), PARAMETERS)
  return {
    hash: async (password) => queue.run('new', () => argon2.hash(normalize(password), PARAMETERS)),
    async verify(stored, password, priority = 'sign-in') {
      if (!isBounded(password)) return false
      const check = checkOf(argon2, stored ?? dummyHash)
      const matches = await queue.run(priority, () => matchesEither(check, password))
      return matches === null ? 'busy' : matches && stored !== null
    },
    isOutdated(stored) {
      if (!isOwnHash(stored)) return true
      const { memoryCost, timeCost, parallelism } = parseOptions(stored)
      return (
        memoryCost < PARAMETERS.memoryCost ||
        timeCost < PARAMETERS.timeCost ||
        parallelism < PARAMETERS.parallelism
      )
    },
  }
}

const isOwnHash = (stored: string): boolean => stored.startsWith('$argon2id$')

type Check = (password: string) => Promise<boolean>

/** Returns the function that compares a password with a stored hash. */
function checkOf(argon2: Argon2, stored: string): Check {
  if (isOwnHash(stored)) return async (password) => argon2.verify(stored, password)
  const imported = readImportedHash(stored)
  if (imported === null) throw new Error('a stored password hash is in no known form')
  return async (password) => imported.verify(password)
}

/** Another system may have hashed the password as it was typed, without normalization. */
async function matchesEither(check: Check, password: string): Promise<boolean> {
  const normalized = normalize(password)
  return (await check(normalized)) || (normalized !== password && (await check(password)))
}

/**
 * NFC: two keyboards may encode the same characters differently (NIST SP 800-63B-4, section
 * 3.1.1.2).
 */
export const normalize = (password: string): string => password.normalize('NFC')

/** Returns the length in code points (NIST SP 800-63B-4, section 3.1.1.2). */
export const lengthOf = (password: string): number => Array.from(normalize(password)).length

/** Returns true if the password is within both limits. */
export function isBounded(password: string): boolean {
  // The first test is cheap: the others never see a text of unlimited length.
  return (
    password.length <= 8 * PASSWORD_MAX &&
    lengthOf(password) <= PASSWORD_MAX &&
    Buffer.byteLength(normalize(password)) <= PASSWORD_MAX_BYTES
  )
}
