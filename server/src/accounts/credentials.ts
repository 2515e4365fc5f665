import type { Device } from 'latchkey/protocol'
import { addressGroup } from '../http/client-address.ts'
import { problem, type Problem } from '../errors.ts'
import { passwordProblem } from './password-policy.ts'
import type { Services } from '../services.ts'
import type { Counter } from './throttle.ts'
import type { User } from './users.ts'
import { isUsername, nameKey } from './usernames.ts'

/** What somebody gives to sign in or to register. */
export interface Given {
  username: string
  password: string
  device: Device
  /** The cookie of a device that has signed in before. */
  deviceCookie: string | undefined
}

export type Identified =
  { ok: true; user: User; deviceId: string | null } | { ok: false; problem: Problem }

const refuse = (refusal: Problem): Identified => ({ ok: false, problem: refusal })

/** The counter of a client of the network. Where addresses are not known there is none: all would share it, and one could stop all. */
const ofClient = (kind: Counter['kind'], { address }: Device): Counter[] =>
  address === undefined ? [] : [{ kind, of: addressGroup(address) }]

/**
 * Checks a name and a password. The answer and the work are the same for a wrong password and for a name that nobody has, and the delay
 * after failures counts before any work is done.
 */
export async function checkCredentials(
  services: Services,
  { username, password, device, deviceCookie }: Given,
): Promise<Identified> {
  const { users, passwords, throttle, devices, audit } = services
  const known = await users.byName(username)
  const deviceId = known && devices.read(deviceCookie, known.id)
  const own: Counter =
    deviceId === null
      ? { kind: 'account', of: nameKey(username) }
      : { kind: 'device', of: deviceId }
  const counters: Counter[] = deviceId === null ? [own, ...ofClient('address', device)] : [own]
  const turn = services.inTurn(`${own.kind} ${own.of}`, async () => {
    const seconds = await throttle.wait(counters)
    if (seconds > 0) return refuse(problem('too_many_attempts', { seconds }))
    const user = await users.byName(username)
    const fits = await passwords.verify(user?.passwordHash ?? null, password)
    if (fits === 'busy') return refuse(problem('temporarily_unavailable'))
    if (!fits || user === null) {
      await throttle.failed(counters)
      await audit.account({ type: 'sign-in-failed', identity: user?.id ?? null, device })
      return refuse(problem('credentials_invalid'))
    }
    await throttle.reset(own)
    setImmediate(() => void renewHash(services, user, password))
    return { ok: true as const, user, deviceId }
  })
  return (await turn) ?? refuse(problem('temporarily_unavailable'))
}

/** Gives an account that signs in a hash of today's strength, off the request's path. Where it cannot, the next sign-in will. */
async function renewHash(
  { passwords, users, log }: Services,
  user: User,
  password: string,
): Promise<void> {
  try {
    if (!passwords.isOutdated(user.passwordHash)) return
    const hash = await passwords.hash(password)
    if (hash !== null) await users.renewHash(user, hash)
  } catch {
    log('warning', 'password-hash-not-renewed', { identity: user.id })
  }
}

/** Makes an account. Names found taken are counted: a list of them is worth something to somebody who guesses passwords. */
export async function register(
  services: Services,
  { username, password, device }: Given,
): Promise<Identified> {
  const { config, users, passwords, throttle, audit, now } = services
  const counters = ofClient('registration', device)
  const taken = async () => {
    await throttle.failed(counters)
    return refuse(problem('username_taken'))
  }
  if (!isUsername(username)) return refuse(problem('username_invalid'))
  const refused = passwordProblem(password, username, config.passwordMin)
  if (refused !== null) return refuse(refused)
  const seconds = await throttle.wait(counters)
  if (seconds > 0) return refuse(problem('too_many_attempts', { seconds }))
  if ((await users.byName(username)) !== null) return taken()
  const hash = await passwords.hash(password)
  if (hash === null) return refuse(problem('temporarily_unavailable'))
  const user = await users.create(username, hash, now())
  if (user === null) return taken()
  await audit.account({ type: 'registered', identity: user.id, device })
  return { ok: true, user, deviceId: null }
}

/** Changes the password of somebody who is signed in, and ends all their other sessions. Null where it is done. */
export async function changePassword(
  services: Services,
  who: { userId: string; sessionId: string; device: Device },
  current: string,
  next: string,
): Promise<Problem | null> {
  const { auth, config, users, passwords, throttle, audit } = services
  const user = await users.byId(who.userId)
  if (user === null) return problem('session_unknown')
  const counters: Counter[] = [{ kind: 'password', of: user.id }]
  const turn = services.inTurn(`password ${user.id}`, async () => {
    const seconds = await throttle.wait(counters)
    if (seconds > 0) return problem('too_many_attempts', { seconds })
    const fits = await passwords.verify(user.passwordHash, current)
    if (fits === 'busy') return problem('temporarily_unavailable')
    if (!fits) {
      await throttle.failed(counters)
      await audit.account({ type: 'password-change-failed', identity: user.id, device: who.device })
      return problem('current_password_wrong')
    }
    await throttle.reset(counters[0]!)
    const refused = passwordProblem(next, user.username, config.passwordMin)
    if (refused !== null) return refused
    const hash = await passwords.hash(next)
    if (hash === null) return problem('temporarily_unavailable')
    // The sessions first: where the second step fails, nobody is left inside with a password that was to be taken from them.
    await auth.signOutEverywhere(user.id, {
      except: who.sessionId,
      reason: 'password-changed',
      device: who.device,
    })
    if (!(await users.changePassword(user, hash))) return problem('current_password_wrong')
    // Once more: somebody may have begun a session with the old password between these two steps.
    await auth.signOutEverywhere(user.id, {
      except: who.sessionId,
      reason: 'password-changed',
      device: who.device,
    })
    await audit.account({ type: 'password-changed', identity: user.id, device: who.device })
    return null
  })
  return turn === null ? problem('temporarily_unavailable') : turn
}
