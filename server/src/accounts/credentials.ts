import type { SessionAuth, Throttle } from 'latchkey'
import type { Device } from 'latchkey/protocol'
import { problem, type Problem } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ReportAccountEvent } from '../sessions/account-events.ts'
import type { KeyedQueue } from '../bounded-queue.ts'
import type { Invitations, RegistrationMode } from './invitations.ts'
import type { KnownDevices } from './known-devices.ts'
import { passwordProblem } from './password-policy.ts'
import type { HashPriority, Passwords } from './passwords.ts'
import { problemOf, type RegistrationLimits, type SessionLimits } from './limits.ts'
import { nameKey, USERNAME_MAX_UNITS, usernameProblem } from './usernames.ts'
import type { ProvenUser, User, Users } from './users.ts'

export interface CredentialServices {
  auth: Pick<SessionAuth, 'signOutEverywhere'>
  config: { passwordMin: number; registration: RegistrationMode }
  invitations: Invitations
  /** Words of the name and the address of the service, which a password must not consist of. */
  serviceNames: readonly string[]
  users: Users
  passwords: Passwords
  throttle: Throttle
  sessionLimits: SessionLimits
  registrationLimits: RegistrationLimits
  devices: KnownDevices
  report: ReportAccountEvent
  /** One sign-in attempt per account or known device at a time: those that are right do not compete. */
  attempts: KeyedQueue
  log: Log
  /** Milliseconds since 1970. */
  now: () => number
}

export interface Credentials {
  username: string
  password: string
  device: Device
  /** The cookie of a known device. */
  deviceCookie: string | undefined
  /** Only for a registration. */
  invitation: string | undefined
}

export type CredentialResult = ({ ok: true } & ProvenUser) | { ok: false; problem: Problem }

const refuse = (refusal: Problem): CredentialResult => ({ ok: false, problem: refusal })

/**
 * Checks a username and a password. Response and work are the same for a wrong password and for an
 * unknown username. A try is counted before the password is hashed.
 */
export async function checkCredentials(
  services: CredentialServices,
  credentials: Credentials,
): Promise<CredentialResult> {
  const { users, devices, attempts } = services
  const { username, deviceCookie } = credentials
  // Before any work on the name: nobody has one of this length.
  if (username.length > USERNAME_MAX_UNITS) return refuse(problem('credentials_invalid'))
  const user = await users.byName(username)
  const deviceId = user && devices.readCookie(deviceCookie, user)
  const attempt = attempts(deviceId ?? `name ${nameKey(username)}`, async () =>
    limitedCheck(services, credentials, deviceId),
  )
  return (await attempt) ?? refuse(unavailable())
}

/** A check that could not be made: it does not count as a failed sign-in. */
class TooBusy extends Error {}

async function limitedCheck(
  services: CredentialServices,
  credentials: Credentials,
  deviceId: string | null,
): Promise<CredentialResult> {
  const { throttle, sessionLimits, report } = services
  const { username, device } = credentials
  try {
    const who = { account: nameKey(username), address: device.address, device: deviceId }
    const result = await throttle.signIn(who, async ({ known }) =>
      checkPassword(services, credentials, known ? 'known' : 'sign-in'),
    )
    if (!result.ok) {
      await report({ type: 'sign-in-limited', identity: null, device })
      return refuse(problemOf(result))
    }
    if (result.value === null) return refuse(problem('credentials_invalid'))
    const limited = await sessionLimits.take(result.value.id, device.address)
    return limited === null
      ? { ok: true, user: result.value, deviceId, methods: ['pwd'] }
      : refuse(limited)
  } catch (error) {
    if (error instanceof TooBusy) return refuse(unavailable())
    throw error
  }
}

/** Returns null if the name or the password is wrong. */
async function checkPassword(
  services: CredentialServices,
  { username, password, device }: Credentials,
  priority: HashPriority,
): Promise<User | null> {
  const { users, passwords, report } = services
  const user = await users.byName(username)
  const matches = await passwords.verify(user?.passwordHash ?? null, password, priority)
  if (matches === 'busy') throw new TooBusy()
  if (!matches || user === null) {
    await report({ type: 'sign-in-failed', identity: user?.id ?? null, device })
    return null
  }
  // Does not delay the response: hashing takes tens of milliseconds.
  setImmediate(() => void rehashOutdated(services, user, password))
  return user
}

/** Hashes the password again if its hash has weaker parameters than today's. */
async function rehashOutdated(
  { passwords, users, log }: CredentialServices,
  user: User,
  password: string,
): Promise<void> {
  try {
    if (user.passwordHash === null || !passwords.isOutdated(user.passwordHash)) return
    const hash = await passwords.hash(password)
    if (hash !== null) await users.rehash(user, hash)
  } catch {
    // The next sign-in tries again.
    log('warning', 'password-rehash-failed', { identity: user.id })
  }
}

/**
 * Creates an account. Every try is counted by address: a taken name reveals who has an account, and
 * a free one costs a hash and a row.
 */
export async function register(
  services: CredentialServices,
  { username, password, device, invitation = '' }: Credentials,
): Promise<CredentialResult> {
  const { config, serviceNames, users, passwords, report, now, registrationLimits } = services
  const uninvited = invitationProblem(services, invitation)
  if (uninvited !== null) return refuse(uninvited)
  const badName = usernameProblem(username)
  if (badName !== null) return refuse(problem(badName))
  const weak = passwordProblem(password, [username, ...serviceNames], config.passwordMin)
  if (weak !== null) return refuse(weak)
  const limited = await registrationLimits.take(device.address)
  if (limited !== null) {
    await report({ type: 'registration-limited', identity: null, device })
    return refuse(limited)
  }
  if ((await users.byName(username)) !== null) return refuse(problem('username_taken'))
  const hash = await passwords.hash(password)
  if (hash === null) return refuse(unavailable())
  if (config.registration === 'invite' && !(await services.invitations.use(invitation)))
    return refuse(problem('invitation_invalid'))
  const user = await users.create(username, hash, now())
  if (user === null) return refuse(problem('username_taken'))
  await report({ type: 'registered', identity: user.id, device })
  return { ok: true, user, deviceId: null, methods: ['pwd'] }
}

/** A cheap check, before any work. An invitation is used up only when the account is created. */
function invitationProblem(
  { config, invitations }: CredentialServices,
  invitation: string,
): Problem | null {
  if (config.registration === 'open') return null
  if (config.registration === 'closed') return problem('registration_closed')
  return invitations.isGenuine(invitation) ? null : problem('invitation_invalid')
}

const unavailable = (): Problem => problem('temporarily_unavailable')
