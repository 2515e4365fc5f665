import { isOlderThan } from '../core/access-token.ts'
import { mapAwaitable } from '../core/awaitable.ts'
import { createCallbackChecks } from '../core/token-check-callbacks.ts'
import type { CheckedToken, TokenCheck, TokenRequirement } from '../core/check-token.ts'
import { refuse as refuseCode, type Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { FlaskSettings } from './config.ts'
import { str } from './python.ts'
import { refuseWith, translateRefusal, type Fault } from './refusals.ts'
import type { VerifiedToken } from '../core/claims.ts'

export type FlaskTokenCheck = (
  decoded: VerifiedToken | Refusal,
  requirement?: TokenRequirement,
  extraCheck?: TokenCheck,
) => Awaitable<CheckedToken>

/** Makes the checks that follow `decodeToken`, in the order of Flask-JWT-Extended. */
export function tokenChecker(config: FlaskSettings, settings: Settings): FlaskTokenCheck {
  const runChecks = createCallbackChecks(settings)
  const refuse = (kind: Fault['kind'], message: string): Refusal =>
    refuseWith(config, { kind, message })
  return (
    decoded: VerifiedToken | Refusal,
    {
      fresh,
      maxAge,
      refresh,
      verifyType = true,
      skipRevocationCheck = false,
    }: TokenRequirement = {},
    extraCheck?: TokenCheck,
  ): Awaitable<CheckedToken> => {
    if (!decoded.ok) return decoded
    const { claims, header, kind } = decoded
    if (verifyType && (kind === 'refresh') !== Boolean(refresh))
      return refuse('type', `Only ${refresh ? 'refresh' : 'non-refresh'} tokens are allowed`)
    if (fresh && !isFresh(claims.fresh, settings.now()))
      return refuse('fresh', 'Fresh token required')
    if (maxAge !== undefined && isOlderThan(claims, maxAge, settings.now()))
      return { ...refuseCode('reauthentication_required'), maxAge }
    const accepted = { ...decoded, user: undefined }
    const check = (): Awaitable<CheckedToken> =>
      runChecks === null
        ? accepted
        : mapAwaitable(runChecks({ claims, header }, skipRevocationCheck), (result) =>
            result.ok
              ? { ...accepted, user: result.user }
              : translateRefusal(config, result, str(claims[config.JWT_IDENTITY_CLAIM])),
          )
    return extraCheck === undefined
      ? check()
      : mapAwaitable(extraCheck(claims), (refusal) => refusal ?? check())
  }
}

/** A number is the time until which the token is fresh, in seconds; `now` in milliseconds. */
export const isFresh = (fresh: unknown, now: number): boolean =>
  fresh === true || (typeof fresh === 'number' && fresh * 1000 >= now)
