import { scryptSync, timingSafeEqual } from 'node:crypto'

/** Stands for the table of users of an application: the password of `ada` is `correct horse`. */
const USERS = new Map([['ada', { salt: 'UGRZVEcmtw87cNAEssYHMw', hash: '584EmmvXq9jWgiy2RORhrt6gTPjH81eOVseD4LP9qHY' }]])

export function isPasswordOf(username: unknown, password: unknown): boolean {
  const user = USERS.get(String(username))
  return user !== undefined && typeof password === 'string' && timingSafeEqual(scryptSync(password, user.salt, 32), Buffer.from(user.hash, 'base64url'))
}
