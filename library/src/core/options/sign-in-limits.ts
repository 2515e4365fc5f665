import type { TryRule } from '../tries.ts'
import { isBoolean, isObjectOf, type OptionShapes } from './validate.ts'

/** How failed sign-ins are slowed down, and how many sessions an identity may have. */
export interface SignInLimitOptions {
  /**
   * `account` (5): the number of the first failure in a row, of one account, known device or known
   * address, that causes a delay: 1 second, doubled by each further failure up to an hour.
   * `address` (25): the same for failures of any accounts from one address, up to 5 minutes.
   * `failures` (100): after this many failures in a row, an account accepts only known devices and
   * addresses until `auth.throttle.reset` (NIST SP 800-63B-4, section 3.2.2).
   */
  signInLimits?: { account?: number; address?: number; failures?: number }
  /** Switches the limits off: passwords can be guessed as fast as they are checked. */
  dangerouslyUnlimitedSignIns?: boolean
}

export interface SignInLimitSettings {
  /** Null if sign-ins are not limited. */
  signInRules: SignInRules | null
}

export interface SignInRules {
  /** For an account, and for each of its known devices. */
  account: TryRule
  /**
   * For an account at one address. Forgotten no later than the counter of the address, to which a
   * success gives back what was counted here.
   */
  place: TryRule
  /** For an IPv4 address, and for the /64 of an IPv6 address. */
  address: TryRule
  /** For the /48 of an IPv6 address. */
  network: TryRule
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const DEFAULTS = { account: 5, address: 25, failures: 100 }

/** A network of IPv6 has many subscribers. */
const ADDRESSES_OF_NETWORK = 4

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0

export const SIGN_IN_LIMIT_SHAPES: OptionShapes<SignInLimitOptions> = {
  signInLimits: [
    isObjectOf({ account: isCount, address: isCount, failures: isCount }),
    '{ account, address, failures }: whole numbers above 0',
  ],
  dangerouslyUnlimitedSignIns: [isBoolean, 'true or false'],
}

/** Reads the limits. Throws a `TypeError` if they contradict each other. */
export function readSignInLimits({
  signInLimits,
  dangerouslyUnlimitedSignIns = false,
}: SignInLimitOptions): SignInLimitSettings {
  const { account, address, failures } = { ...DEFAULTS, ...signInLimits }
  if (failures < account)
    throw new TypeError('option "signInLimits": "failures" must be at least "account"')
  if (failures > DEFAULTS.failures)
    throw new TypeError(
      'option "signInLimits": "failures" must be at most 100 (NIST SP 800-63B-4, section 3.2.2)',
    )
  if (dangerouslyUnlimitedSignIns) return { signInRules: null }
  const addressRule: TryRule = {
    free: address,
    firstDelay: SECOND,
    maxDelay: 5 * MINUTE,
    limit: Number.MAX_SAFE_INTEGER,
    forgetAfter: HOUR,
  }
  const accountRule = { free: account, firstDelay: SECOND, maxDelay: HOUR }
  return {
    signInRules: {
      account: { ...accountRule, limit: failures, forgetAfter: 365 * DAY },
      place: { ...accountRule, limit: Number.MAX_SAFE_INTEGER, forgetAfter: HOUR },
      address: addressRule,
      network: { ...addressRule, free: ADDRESSES_OF_NETWORK * address },
    },
  }
}
