import { createHash, pbkdf2, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'
import { verify as verifyBcrypt } from '@node-rs/bcrypt'

/** A hash that another system has made, in one of the forms that this server can verify. */
export interface ImportedHash {
  /** True if one verification would take seconds, or more memory than a server can spare. */
  isTooCostly: boolean
  verify(password: string): Promise<boolean>
}

type Reader = (parts: readonly string[]) => ImportedHash

const ARGON2 = String.raw`(\$argon2(?:id|i|d)\$v=19\$m=(\d{1,9}),t=(\d{1,4}),p=(\d{1,3})\$[\w+/]+\$[\w+/]+)`
const BCRYPT = String.raw`(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})`
const BASE64 = '([A-Za-z0-9+/]{20,200}={0,2})'

/** The forms that are accepted: each begins with a part that no other has. */
const FORMS: ReadonlyArray<readonly [RegExp, Reader]> = [
  // PHC string format; Django puts "argon2" before it.
  [form(`(?:argon2)?${ARGON2}`), readArgon2],
  // Modular crypt format; Django puts "bcrypt$" before it.
  [form(String.raw`(?:bcrypt\$)?${BCRYPT}`), (parts) => readBcrypt(parts, utf8)],
  // Django: bcrypt of the SHA-256 in hexadecimal, because bcrypt reads 72 bytes only.
  [form(String.raw`bcrypt_sha256\$${BCRYPT}`), (parts) => readBcrypt(parts, sha256Hex)],
  // Werkzeug, and so Flask
  [
    form(
      String.raw`pbkdf2:(sha1|sha256|sha512):(\d{1,9})\$([^$]{1,128})\$((?:[0-9a-f]{2}){20,64})`,
    ),
    ([digest, iterations, salt, hash]) =>
      readPbkdf2(digest!, Number(iterations), utf8(salt!), Buffer.from(hash!, 'hex')),
  ],
  [
    form(String.raw`scrypt:(\d{1,9}):(\d{1,3}):(\d{1,3})\$([^$]{1,128})\$((?:[0-9a-f]{2}){20,64})`),
    ([N, r, p, salt, hash]) => readScrypt([N!, r!, p!], utf8(salt!), Buffer.from(hash!, 'hex')),
  ],
  // Django
  [
    form(String.raw`pbkdf2_(sha1|sha256)\$(\d{1,9})\$([^$]{1,128})\$${BASE64}`),
    ([digest, iterations, salt, hash]) =>
      readPbkdf2(digest!, Number(iterations), utf8(salt!), Buffer.from(hash!, 'base64')),
  ],
  [
    form(String.raw`scrypt\$(\d{1,9})\$([^$]{1,128})\$(\d{1,3})\$(\d{1,3})\$${BASE64}`),
    ([N, salt, r, p, hash]) => readScrypt([N!, r!, p!], utf8(salt!), Buffer.from(hash!, 'base64')),
  ],
  // Passlib: base64 with a dot for the plus sign
  [
    form(String.raw`\$pbkdf2(?:-(sha256|sha512))?\$(\d{1,9})\$([\w./]{1,128})\$([\w./]{20,200})`),
    ([digest = 'sha1', iterations, salt, hash]) =>
      readPbkdf2(digest, Number(iterations), passlibBase64(salt!), passlibBase64(hash!)),
  ],
]

/** Longest hash that is read, in characters. */
const MAX_LENGTH = 512

/** Returns null if the hash is in none of the forms. */
export function readImportedHash(text: string): ImportedHash | null {
  if (text.length > MAX_LENGTH) return null
  for (const [pattern, read] of FORMS) {
    const match = pattern.exec(text)
    if (match !== null) return read(match.slice(1))
  }
  return null
}

// The limits are several times what these systems use by default.

const MAX_ARGON2_KIB = 256 * 1024
const MAX_ARGON2_WORK = 1024 * 1024
const MAX_ARGON2_LANES = 16

function readArgon2([hash, memory, passes, lanes]: readonly string[]): ImportedHash {
  return {
    isTooCostly:
      Number(memory) > MAX_ARGON2_KIB ||
      Number(memory) * Number(passes) > MAX_ARGON2_WORK ||
      Number(lanes) > MAX_ARGON2_LANES,
    verify: async (password) => verifyArgon2(hash!, password),
  }
}

const MAX_BCRYPT_COST = 14

function readBcrypt(
  [hash, cost]: readonly string[],
  prepare: (password: string) => Buffer | string,
): ImportedHash {
  return {
    isTooCostly: Number(cost) > MAX_BCRYPT_COST,
    verify: async (password) => verifyBcrypt(prepare(password), hash!),
  }
}

const MAX_PBKDF2_ITERATIONS = 4_000_000

function readPbkdf2(
  digest: string,
  iterations: number,
  salt: Buffer,
  expected: Buffer,
): ImportedHash {
  return {
    isTooCostly: iterations < 1 || iterations > MAX_PBKDF2_ITERATIONS,
    async verify(password) {
      const hash = await promisify(pbkdf2)(password, salt, iterations, expected.length, digest)
      return timingSafeEqual(hash, expected)
    },
  }
}

const MAX_SCRYPT_MEMORY = 128 * 1024 * 1024
const MAX_SCRYPT_WORK = 2 ** 21

function readScrypt(numbers: readonly string[], salt: Buffer, expected: Buffer): ImportedHash {
  const [N = 0, r = 0, p = 0] = numbers.map(Number)
  // The lowest limit that Node accepts for these numbers is a little above 128 N r.
  const options: ScryptOptions = { N, r, p, maxmem: 2 * 128 * (N + p + 2) * r }
  return {
    isTooCostly:
      !isPowerOfTwo(N) ||
      r < 1 ||
      p < 1 ||
      128 * N * r > MAX_SCRYPT_MEMORY ||
      N * r * p > MAX_SCRYPT_WORK,
    verify: (password) =>
      new Promise((resolve, reject) => {
        scrypt(password, salt, expected.length, options, (error, hash) =>
          error === null ? resolve(timingSafeEqual(hash, expected)) : reject(error),
        )
      }),
  }
}

const isPowerOfTwo = (n: number): boolean => n > 1 && Number.isInteger(Math.log2(n))

function form(source: string): RegExp {
  return new RegExp(`^${source}$`)
}

const utf8 = (text: string): Buffer => Buffer.from(text)

const passlibBase64 = (text: string): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64')

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')
