import { scryptSync, timingSafeEqual } from 'node:crypto'

/** Stands for the table of users of an application: the password of `ada` is `correct horse`. */
const USERS = new Map([
  ['ada', { salt: 'UGRZVEcmtw87cNAEssYHMw', hash: '584EmmvXq9jWgiy2RORhrt6gTPjH81eOVseD4LP9qHY' }],
])

/** Whoever nobody is costs the same work, so that the time does not tell which names exist. */
const NOBODY = { salt: 'AAAAAAAAAAAAAAAAAAAAAA', hash: 'A'.repeat(43) }

export function isPasswordOf(username: unknown, password: unknown): boolean {
  const user = USERS.get(String(username)) ?? NOBODY
  const fits = timingSafeEqual(
    scryptSync(String(password), user.salt, 32),
    Buffer.from(user.hash, 'base64url'),
  )
  return fits && user !== NOBODY && typeof password === 'string'
}
