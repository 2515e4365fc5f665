import { scryptSync, timingSafeEqual } from 'node:crypto'

/** Replace this with your own user table. The password of `ada` is `correct horse`. */
const USERS = new Map([
  ['ada', { salt: 'UGRZVEcmtw87cNAEssYHMw', hash: '584EmmvXq9jWgiy2RORhrt6gTPjH81eOVseD4LP9qHY' }],
])

/** Unknown names cost the same work, so that response times do not reveal which names exist. */
const UNKNOWN_USER = { salt: 'AAAAAAAAAAAAAAAAAAAAAA', hash: 'A'.repeat(43) }

export function isPasswordOf(username: unknown, password: unknown): boolean {
  const user = USERS.get(String(username)) ?? UNKNOWN_USER
  const matches = timingSafeEqual(
    scryptSync(String(password), user.salt, 32),
    Buffer.from(user.hash, 'base64url'),
  )
  return matches && user !== UNKNOWN_USER && typeof password === 'string'
}
