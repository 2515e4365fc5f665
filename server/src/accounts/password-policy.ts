import { problem, type Problem } from '../errors.ts'
import { isCommonPassword, isWeakRest, simplify } from './common-passwords.ts'
import { isBounded, lengthOf, PASSWORD_MAX } from './passwords.ts'

/** Words that attackers try for one account: the names of the user and of the service. */
export type PasswordContext = readonly string[]

/** Shorter names are in many passwords by chance. */
const MIN_CONTEXT = 3

/**
 * Returns why a new password is refused, or null. Refuses short passwords, and those that attackers
 * try first (NIST SP 800-63B-4, section 3.1.1.2; OWASP ASVS 5, 6.2.4 and 6.2.11). There are no
 * rules about kinds of characters.
 */
export function passwordProblem(
  password: string,
  context: PasswordContext,
  min: number,
): Problem | null {
  // Counting is work, so a long text is refused first.
  if (!isBounded(password)) return problem('password_too_long', { max: PASSWORD_MAX })
  if (lengthOf(password) < min) return problem('password_too_short', { min })
  if (isPersonal(simplify(password), context)) return problem('password_personal')
  return isCommonPassword(password) ? problem('password_common') : null
}

/** Returns true if what is left without the names is nothing, or as good as nothing. */
function isPersonal(text: string, context: PasswordContext): boolean {
  const names = context.map(simplify).filter((name) => name.length >= MIN_CONTEXT)
  const rest = names
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, name) => left.replaceAll(name, ''), text)
  return rest !== text && isWeakRest(rest)
}
