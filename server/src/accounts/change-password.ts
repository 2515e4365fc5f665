import type { Device } from 'latchkey/protocol'
import { problem, type Problem } from '../errors.ts'
import type { CredentialServices } from './credentials.ts'
import { passwordProblem } from './password-policy.ts'
import { PASSWORD_RULE, problemOf } from './limits.ts'
import { normalize } from './passwords.ts'
import { nameKey } from './usernames.ts'
import type { User } from './users.ts'

/** The signed-in user who changes a password, and the session that stays. */
export interface PasswordOwner {
  userId: string
  sessionId: string
  device: Device
}

export type PasswordChange = { ok: true; user: User } | { ok: false; problem: Problem }

const refuse = (refusal: Problem): PasswordChange => ({ ok: false, problem: refusal })

/**
 * Changes the password of a user who is signed in and ends all sessions of the user, this one too:
 * its tokens may have been copied. Returns the user with the new password, for whom the caller
 * starts a new session.
 */
export async function changePassword(
  services: CredentialServices,
  owner: PasswordOwner,
  current: string,
  next: string,
): Promise<PasswordChange> {
  const user = await services.users.byId(owner.userId)
  if (user === null) return refuse(problem('session_unknown'))
  const attempt = services.attempts(
    `password ${user.id}`,
    async () =>
      (await currentPasswordProblem(services, user, owner.device, current)) ??
      (await setPassword(services, user, owner, current, next)),
  )
  if (attempt === null) return refuse(problem('temporarily_unavailable'))
  const refusal = await attempt
  if (refusal !== null) return refuse(refusal)
  const changed = await services.users.byId(owner.userId)
  return changed === null ? refuse(problem('session_unknown')) : { ok: true, user: changed }
}

async function currentPasswordProblem(
  { passwords, throttle, report }: CredentialServices,
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
    await report({ type: 'password-change-failed', identity: user.id, device })
    return problem('current_password_invalid')
  }
  await throttle.clear(subject)
  return null
}

async function setPassword(
  { auth, config, serviceNames, users, passwords, throttle, report }: CredentialServices,
  user: User,
  { sessionId, device }: PasswordOwner,
  current: string,
  next: string,
): Promise<Problem | null> {
  if (normalize(next) === normalize(current)) return problem('password_unchanged')
  const weak = passwordProblem(next, [user.username, ...serviceNames], config.passwordMin)
  if (weak !== null) return weak
  const hash = await passwords.hash(next)
  if (hash === null) return problem('temporarily_unavailable')
  const reason = 'password-changed'
  // Before the change: if the second step fails, no session survives that was to be ended.
  await auth.signOutEverywhere(user.id, { except: sessionId, reason, device })
  if (!(await users.changePassword(user, hash))) return problem('current_password_invalid')
  // And after it: a sign-in with the old password may have happened between these two steps.
  await auth.signOutEverywhere(user.id, { reason, device })
  await throttle.reset(nameKey(user.username))
  await report({ type: 'password-changed', identity: user.id, device })
  return null
}
