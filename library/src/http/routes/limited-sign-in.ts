import type { Refusal } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { settingsOf } from '../../core/settings-of-auth.ts'
import type { SignInOptions } from '../../core/session/sign-in.ts'
import type { Awaitable } from '../../core/store.ts'
import { runCallback } from '../../core/token-check-callbacks.ts'
import type { Mode } from '../../protocol.ts'
import type { SessionAuth } from '../auth-types.ts'
import { knownDevice, knownDeviceHeader } from '../known-device.ts'
import type { RequestView } from '../request.ts'
import { clientAddress } from './client-address.ts'

/**
 * The application's check of credentials. It gets the fields of the JSON or form body without
 * `mode`, and returns the identity, optionally with options of `signIn`; null if the credentials
 * are wrong. It should take as long for an unknown user as for a wrong password.
 */
export type CheckCredentials = (
  credentials: Record<string, unknown>,
) => Awaitable<string | (SignInOptions & { identity: string }) | null>

/** Returns the name of the account that a sign-in is for, or each name that it can be found by. */
export type AccountOf = (
  credentials: Record<string, unknown>,
) => string | readonly string[] | undefined

/** The fields that name an account unless the option `accountOf` says otherwise. */
const ACCOUNT_FIELDS = ['username', 'email']

/** Names of one sign-in that are counted at most. */
const MAX_ACCOUNTS = 4

type Checked = NonNullable<Awaited<ReturnType<CheckCredentials>>>

/** `account` is null if the credentials are wrong. `deviceHeader` makes the device known. */
type LimitedSignIn =
  | Refusal
  | {
      ok: true
      account: Checked | null
      deviceHeader: (mode: Mode) => ReadonlyArray<readonly [string, string]>
    }

/** Calls the application's check, unless there were too many failures; see `Throttle`. */
export async function limitedSignIn(
  auth: SessionAuth,
  view: RequestView,
  credentials: Record<string, unknown>,
  check: CheckCredentials,
  accountOf?: AccountOf,
): Promise<LimitedSignIn> {
  const settings = settingsOf(auth)
  const accounts = runCallback(settings, 'accountOf', () =>
    accountsOf(credentials, accountOf),
  ) as string[]
  const device = knownDevice(settings, view, accounts)
  const who = { account: accounts, address: clientAddress(view), device }
  const result = await auth.throttle.signIn(who, async () =>
    runCallback(settings, 'signIn', async () => checkAccount(await check(credentials))),
  )
  if (!result.ok) return result
  return {
    ok: true,
    account: result.value,
    deviceHeader: (mode) =>
      accounts.length === 0 || settings.signInRules === null
        ? []
        : [knownDeviceHeader(settings, accounts, device, mode)],
  }
}

/** Throws a `TypeError` unless it is what `signIn` may return. */
function checkAccount(account: unknown): Checked | null {
  if (account === null || isIdentity(account)) return account as Checked | null
  if (isObject(account) && isIdentity(account.identity)) return account as unknown as Checked
  const found = account === undefined ? 'undefined' : describe(account)
  throw new TypeError(
    'the option "signIn" of routes must return the identity as a non-empty string, an object ' +
      `with "identity", or null for wrong credentials; it returned ${found}`,
  )
}

const isIdentity = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Says of what type a value is, and nothing of the value: it may be a row with secrets. */
const describe = (value: unknown): string =>
  isObject(value)
    ? `an object with the members ${Object.keys(value).join(', ') || 'none'}`
    : value === ''
      ? 'an empty string'
      : `a ${typeof value}`

/**
 * Values other than texts are counted as the text that they are compared as: `["ada"]` is `ada`.
 */
function accountsOf(credentials: Record<string, unknown>, accountOf?: AccountOf): string[] {
  const names = accountOf
    ? [accountOf(credentials)].flat()
    : ACCOUNT_FIELDS.map((field) => credentials[field])
  return names.flatMap(toText).slice(0, MAX_ACCOUNTS)
}

function toText(value: unknown): string[] {
  if (Array.isArray(value)) return value.length === 1 ? toText(value[0]) : []
  return typeof value === 'string' || typeof value === 'number' ? [`${value}`] : []
}
