import type { Device } from 'latchkey/protocol'
import { problem, type Problem } from '../errors.ts'
import type { CredentialServices } from './credentials.ts'
import { passwordProblem } from './password-policy.ts'
import { PASSWORD_RULE, problemOf } from './limits.ts'
import type { User } from './users.ts'

/** The signed-in user who changes a password, and the session that stays. */
export interface PasswordOwner {
  userId: string
  sessionId: string
  device: Device
}

/**
 * Changes the password of a user who is signed in and ends all of the user's other sessions.
 * Returns null on success.
 */
export async function changePassword(
  services: CredentialServices,
  owner: PasswordOwner,
  current: string,
  next: string,
): Promise<Problem | null> {
  const user = await services.users.byId(owner.userId)
  if (user === null) return problem('session_unknown')
  const attempt = services.attempts(
    `password ${user.id}`,
    async () =>
      (await currentPasswordProblem(services, user, owner.device, current)) ??
      (await setPassword(services, user, owner, next)),
  )
  return attempt === null ? problem('temporarily_unavailable') : attempt
}

async function currentPasswordProblem(
  { passwords, throttle, audit }: CredentialServices,
  user: User,
  device: Device,
  current: string,
): Promise<Problem | null> {
  const subject = { kind: 'password', id: user.id }
  const refused = await throttle.take(subject, PASSWORD_RULE)
  if (refused !== null) return problemOf(refused)
  const matches = await passwords.verify(user.passwordHash, current, 'known')
  if (matches === 'busy') return problem('temporarily_unavailable')
  if (!matches) {
    await audit.recordAccount({ type: 'password-change-failed', identity: user.id, device })
    return problem('current_password_invalid')
  }
  await throttle.clear(subject)
  return null
}

async function setPassword(
  { auth, config, users, passwords, throttle, audit }: CredentialServices,
  user: User,
  { sessionId, device }: PasswordOwner,
  next: string,
): Promise<Problem | null> {
  const weak = passwordProblem(next, user.username, config.passwordMin)
  if (weak !== null) return weak
  const hash = await passwords.hash(next)
  if (hash === null) return problem('temporarily_unavailable')
  const endOthers = () =>
    auth.signOutEverywhere(user.id, { except: sessionId, reason: 'password-changed', device })
  // Before the change: if the second step fails, no session survives that was to be ended.
  await endOthers()
  if (!(await users.changePassword(user, hash))) return problem('current_password_invalid')
  // And after it: a sign-in with the old password may have happened between these two steps.
  await endOthers()
  await throttle.reset(user.username)
  await audit.recordAccount({ type: 'password-changed', identity: user.id, device })
  return null
}
