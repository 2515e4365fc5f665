import type { SessionAuth } from 'latchkey'
import type { Device } from 'latchkey/protocol'
import { problem, type Problem } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Audit } from '../sessions/audit.ts'
import type { KeyedQueue } from '../bounded-queue.ts'
import { addressGroup } from './address-group.ts'
import type { KnownDevices } from './known-devices.ts'
import { passwordProblem } from './password-policy.ts'
import type { Passwords } from './passwords.ts'
import type { Subject, Throttle } from './throttle.ts'
import { isUsername, nameKey } from './usernames.ts'
import type { User, Users } from './users.ts'

export interface CredentialServices {
  auth: Pick<SessionAuth, 'signOutEverywhere'>
  config: { passwordMin: number }
  users: Users
  passwords: Passwords
  throttle: Throttle
  devices: KnownDevices
  audit: Audit
  /** One sign-in attempt per account or known device at a time: parallel guesses are counted. */
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
}

export type CredentialResult =
  { ok: true; user: User; deviceId: string | null } | { ok: false; problem: Problem }

const refuse = (refusal: Problem): CredentialResult => ({ ok: false, problem: refusal })

/**
 * Returns no subject if the address is unknown: all clients would share it and block each other.
 */
const addressSubjects = (kind: Subject['kind'], { address }: Device): Subject[] =>
  address === undefined ? [] : [{ kind, id: addressGroup(address) }]

/**
 * Checks a username and a password. Response and work are the same for a wrong password and for an
 * unknown username. The throttle is checked before any password is hashed.
 */
export async function checkCredentials(
  services: CredentialServices,
  { username, password, device, deviceCookie }: Credentials,
): Promise<CredentialResult> {
  const { users, devices } = services
  const user = await users.byName(username)
  const deviceId = user && devices.readCookie(deviceCookie, user.id)
  const subjects: [Subject, ...Subject[]] =
    deviceId === null
      ? [{ kind: 'account', id: nameKey(username) }, ...addressSubjects('address', device)]
      : [{ kind: 'device', id: deviceId }]
  const [{ kind, id }] = subjects
  const attempt = services.attempts(`${kind} ${id}`, async (): Promise<CredentialResult> => {
    const result = await checkPassword(services, username, password, subjects, device)
    return 'code' in result ? refuse(result) : { ok: true, user: result, deviceId }
  })
  return (await attempt) ?? refuse(problem('temporarily_unavailable'))
}

async function checkPassword(
  services: CredentialServices,
  username: string,
  password: string,
  subjects: readonly [Subject, ...Subject[]],
  device: Device,
): Promise<User | Problem> {
  const { users, passwords, throttle, audit } = services
  const seconds = await throttle.secondsToWait(subjects)
  if (seconds > 0) return problem('too_many_attempts', { seconds })
  const user = await users.byName(username)
  const matches = await passwords.verify(user?.passwordHash ?? null, password)
  if (matches === 'busy') return problem('temporarily_unavailable')
  if (!matches || user === null) {
    await throttle.recordFailure(subjects)
    await audit.recordAccount({ type: 'sign-in-failed', identity: user?.id ?? null, device })
    return problem('credentials_invalid')
  }
  await throttle.reset(subjects[0])
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
    if (!passwords.isOutdated(user.passwordHash)) return
    const hash = await passwords.hash(password)
    if (hash !== null) await users.rehash(user, hash)
  } catch {
    // The next sign-in tries again.
    log('warning', 'password-rehash-failed', { identity: user.id })
  }
}

/**
 * Creates an account. Attempts with a taken username are counted: they reveal who has an account.
 */
export async function register(
  services: CredentialServices,
  { username, password, device }: Credentials,
): Promise<CredentialResult> {
  const { config, users, passwords, throttle, audit, now } = services
  const subjects = addressSubjects('registration', device)
  const refuseTaken = async () => {
    await throttle.recordFailure(subjects)
    return refuse(problem('username_taken'))
  }
  if (!isUsername(username)) return refuse(problem('username_invalid'))
  const weak = passwordProblem(password, username, config.passwordMin)
  if (weak !== null) return refuse(weak)
  const seconds = await throttle.secondsToWait(subjects)
  if (seconds > 0) return refuse(problem('too_many_attempts', { seconds }))
  if ((await users.byName(username)) !== null) return refuseTaken()
  const hash = await passwords.hash(password)
  if (hash === null) return refuse(problem('temporarily_unavailable'))
  const user = await users.create(username, hash, now())
  if (user === null) return refuseTaken()
  await audit.recordAccount({ type: 'registered', identity: user.id, device })
  return { ok: true, user, deviceId: null }
}
