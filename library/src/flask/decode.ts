import type { KeyObject } from 'node:crypto'
import { mapAwaitable } from '../core/awaitable.ts'
import { runCallback, isThenable } from '../core/check-callbacks.ts'
import type { Refusal } from '../core/errors.ts'
import type { TokenKind } from '../core/jws.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { Claims, VerifiedToken } from '../core/access-token.ts'
import { algorithmOf, keyOf, type KeyMaterial, type Signer } from './algorithms.ts'
import { claimsFault } from './claims.ts'
import type { FlaskSettings } from './config.ts'
import { loadToken, type LoadedToken } from './jws.ts'
import { materialOf } from './key-material.ts'
import { refuseFault, translate } from './refusals.ts'

export interface DecodeOptions {
  /** What the request repeats beside its cookie. */
  csrf?: string | null | undefined
  allowExpired?: boolean | undefined
}

/** Checks a token as `decode_token` does, in the same order and the same words. Never throws for a token. */
export function decoder(
  config: FlaskSettings,
  settings: Settings,
): (token: unknown, options?: DecodeOptions) => Awaitable<VerifiedToken | Refusal> {
  const { decodeKey } = settings.callbacks
  const own = algorithmOf(config.JWT_ALGORITHM)!.symmetric
    ? config.JWT_SECRET_KEY || config.SECRET_KEY
    : config.JWT_PUBLIC_KEY
  const keys = new Map<string, KeyObject | null>()

  /** The application's own key for an algorithm, read once. */
  function ownKey(name: string, algorithm: Signer): KeyObject | null {
    if (!keys.has(name)) keys.set(name, own ? keyOf(algorithm, own, 'verify') : null)
    return keys.get(name)!
  }

  function keyFor(token: LoadedToken): Awaitable<KeyMaterial | null | Refusal> {
    if (decodeKey === null) return null
    return runCallback(settings, 'decodeKey', () => {
      const answer = decodeKey(token.header, token.payload as unknown as Claims)
      return isThenable(answer) ? Promise.resolve(answer).then(materialOf) : materialOf(answer)
    })
  }

  function verify(
    token: LoadedToken,
    material: KeyMaterial | null,
    { csrf, allowExpired = false }: DecodeOptions,
  ): VerifiedToken | Refusal {
    const invalid = (message: string): Refusal => refuseFault(config, { kind: 'invalid', message })
    const { header, payload } = token
    if (!('alg' in header)) return invalid('Algorithm not specified')
    if (typeof header.alg !== 'string' || !config.JWT_DECODE_ALGORITHMS.includes(header.alg))
      return invalid('The specified alg value is not allowed')
    const algorithm = algorithmOf(header.alg)
    if (algorithm === undefined) return invalid('Algorithm not supported')
    const key =
      decodeKey === null
        ? ownKey(header.alg, algorithm)
        : material === null
          ? null
          : keyOf(algorithm, material, 'verify')
    // No key for this token is as good as a wrong one; Flask-JWT-Extended breaks here.
    if (key === null || !algorithm.verify(key, token.input, token.signature))
      return invalid('Signature verification failed')
    const fault = claimsFault(config, payload, settings.now() / 1000, csrf || null, allowExpired)
    if (fault !== null) return refuseFault(config, fault)
    const claims = {
      ...payload,
      type: payload.type ?? ('type' in payload ? null : 'access'),
      fresh: 'fresh' in payload ? payload.fresh : false,
      jti: payload.jti ?? null,
    }
    const kind: TokenKind = payload.type === 'refresh' ? 'refresh' : 'access'
    return { ok: true, kind, claims: claims as unknown as Claims, header }
  }

  return (token, options = {}) => {
    const loaded = loadToken(token)
    if (typeof loaded === 'string') return refuseFault(config, { kind: 'invalid', message: loaded })
    return mapAwaitable(keyFor(loaded), (material) =>
      isRefusal(material) ? translate(config, material, '') : verify(loaded, material, options),
    )
  }
}

const isRefusal = (value: KeyMaterial | null | Refusal): value is Refusal =>
  typeof value === 'object' && value !== null && 'code' in value
