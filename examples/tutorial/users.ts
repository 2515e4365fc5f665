import { scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** A user. In an application, a row of its own table. All tokens get their claims from here. */
export interface User {
  username: string
  age: string
  /** The scrypt hash of the password with `salt`. Both are base64url. */
  hash: string
  salt: string
}

/** By login name. The password of `test` is `test`. */
const USERS: ReadonlyMap<string, User> = new Map([
  [
    'test',
    {
      username: 'liuyong',
      age: '24',
      hash: 'FV-iohV8_vQVxPgPPYLrcrhlaKCTlTAIHAhX-yHIpFM',
      salt: 'AKF2tZD0PUj3Wb-HJxTfew',
    },
  ],
])

const derive = promisify(scrypt) as (
  password: string,
  salt: string,
  bytes: number,
) => Promise<Buffer>

/** Returns the user with this name and password, or null. */
export async function findUser(name: unknown, password: unknown): Promise<User | null> {
  if (typeof name !== 'string' || typeof password !== 'string') return null
  const user = USERS.get(name)
  // An unknown name takes as long as a wrong password: the time must not reveal which names exist.
  const hash = await derive(password, user?.salt ?? '', 32)
  return user && timingSafeEqual(hash, Buffer.from(user.hash, 'base64url')) ? user : null
}
