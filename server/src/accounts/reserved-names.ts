/** Names by which users expect to meet the operator (RFC 2142), and words that programs misread. */
const RESERVED = `
  admin administrator root system sysadmin superuser operator moderator owner staff support help
  helpdesk security abuse postmaster hostmaster webmaster noc info mailer-daemon noreply no-reply
  latchkey account accounts login logout register anonymous nobody everyone guest null undefined
  me self api www
`
  .trim()
  .split(/\s+/)

let keys: ReadonlySet<string> | null = null

/** `key` is the form that names are compared in, of the name and of the reserved ones. */
export function isReservedName(key: string, keyOf: (name: string) => string): boolean {
  keys ??= new Set(RESERVED.map(keyOf))
  return keys.has(key)
}
