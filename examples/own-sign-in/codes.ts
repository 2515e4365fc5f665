/** Replace this with your own tables and your own way to send mail. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { appendFileSync } from 'node:fs'

export const USERS = new Set(['ada@example.com'])

const TEN_MINUTES = 10 * 60 * 1000
const codes = new Map<string, { hash: Buffer; endsAt: number }>()
const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest()

export function writeCode(email: string, code: string): void {
  codes.set(email, { hash: hashOf(code), endsAt: Date.now() + TEN_MINUTES })
}

/** True if the code is right. It works once. */
export function takeCode(email: string, code: unknown): boolean {
  const { hash, endsAt } = codes.get(email) ?? { hash: hashOf(''), endsAt: 0 }
  const isRight = timingSafeEqual(hash, hashOf(String(code))) && Date.now() < endsAt
  if (isRight) codes.delete(email)
  return isRight
}

export function sendMail(email: string, code: string): void {
  appendFileSync('outbox.txt', `${email}: your code is ${code}\n`)
}
