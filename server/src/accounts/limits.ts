import type { Refusal, Throttle, TryRule } from 'latchkey'
import { problem, type Problem } from '../errors.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Longer than any number of tries: what is limited here is slowed down, and never stops. */
const limit = Number.MAX_SAFE_INTEGER

/** Changes of a password by a user who is signed in, with a wrong current one. */
export const PASSWORD_RULE: TryRule = {
  free: 5,
  firstDelay: SECOND,
  maxDelay: HOUR,
  limit: 100,
  forgetAfter: 24 * HOUR,
}

/** Registrations from one address, whether or not they succeed. */
const REGISTRATION_RULE: TryRule = {
  free: 20,
  firstDelay: SECOND,
  maxDelay: 10 * MINUTE,
  limit,
  forgetAfter: HOUR,
}

/** Registrations of all addresses, if those of clients are unknown. */
const ALL_REGISTRATIONS_RULE: TryRule = { ...REGISTRATION_RULE, free: 200, maxDelay: MINUTE }

/** Sign-ins with the right password, of one account and from one address. */
const ACCOUNT_SESSIONS_RULE: TryRule = {
  free: 100,
  firstDelay: SECOND,
  maxDelay: MINUTE,
  limit,
  forgetAfter: HOUR,
}
const ADDRESS_SESSIONS_RULE: TryRule = { ...ACCOUNT_SESSIONS_RULE, free: 1000, maxDelay: SECOND }

/** Limits the sessions that start, of one account and from one address. */
export interface SessionLimits {
  /** Counts one. Returns a refusal if there were too many. */
  take(userId: string, address: string | undefined): Promise<Problem | null>
}

/** Limits the accounts that are created from one address. */
export interface RegistrationLimits {
  take(address: string | undefined): Promise<Problem | null>
}

/** The refusal as a problem of this server. */
export const problemOf = ({ code, retryAfter }: Refusal): Problem =>
  problem(code, retryAfter === undefined ? {} : { seconds: retryAfter })

const orNull = (refusal: Refusal | null): Problem | null => refusal && problemOf(refusal)

export const sessionLimits = (throttle: Throttle): SessionLimits => ({
  async take(userId, address) {
    const group = throttle.addressGroup(address)
    const own = { kind: 'session of account', id: userId }
    const refused = await throttle.take(own, ACCOUNT_SESSIONS_RULE)
    if (refused !== null || group === null) return orNull(refused)
    return orNull(await throttle.take({ kind: 'session', id: group }, ADDRESS_SESSIONS_RULE))
  },
})

export const registrationLimits = (throttle: Throttle): RegistrationLimits => ({
  async take(address) {
    const group = throttle.addressGroup(address)
    const rule = group === null ? ALL_REGISTRATIONS_RULE : REGISTRATION_RULE
    return orNull(await throttle.take({ kind: 'registration', id: group ?? 'all' }, rule))
  },
})
