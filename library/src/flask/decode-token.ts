import type { KeyObject } from 'node:crypto'
import { mapAwaitable } from '../core/awaitable.ts'
import { runCallback, isThenable } from '../core/token-check-callbacks.ts'
import type { Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import { findAlgorithm, toKey, type KeyMaterial, type FlaskAlgorithm } from './algorithms.ts'
import { claimsFault } from './claims.ts'
import type { FlaskSettings } from './config.ts'
import { loadToken, type LoadedToken } from './jws.ts'
import { toKeyMaterial } from './key-material.ts'
import { refuseWith, translateRefusal } from './refusals.ts'
import type { Claims, VerifiedToken } from '../core/claims.ts'
import type { TokenKind } from '../core/token-kinds.ts'

export interface DecodeOptions {
  /** The CSRF value that the request repeats in addition to its cookie. */
  csrf?: string | null | undefined
  allowExpired?: boolean | undefined
}

export type DecodeToken = (
  token: unknown,
  options?: DecodeOptions,
) => Awaitable<VerifiedToken | Refusal>

/** Finds the key to verify with; null if there is none for this algorithm. */
type FindKey = (name: string, algorithm: FlaskAlgorithm) => KeyObject | null

/**
 * Makes `decodeToken`. It checks a token as `decode_token` of Flask-JWT-Extended does: in the same
 * order, with the same messages. It never throws, whatever the token contains.
 */
export function tokenDecoder(config: FlaskSettings, settings: Settings): DecodeToken {
  const { decodeKey } = settings.callbacks
  const findConfiguredKey = configuredKeys(config)
  return (token, options = {}) => {
    const loaded = loadToken(token)
    if (typeof loaded === 'string') return refuseWith(config, { kind: 'invalid', message: loaded })
    const verify = (findKey: FindKey) => verifyToken(config, settings, loaded, findKey, options)
    if (decodeKey === null) return verify(findConfiguredKey)
    return mapAwaitable(runDecodeKey(settings, decodeKey, loaded), (material) => {
      if (isRefusal(material)) return translateRefusal(config, material, '')
      return verify((_, algorithm) =>
        material === null ? null : toKey(algorithm, material, 'verify'),
      )
    })
  }
}

/** The key of the configuration, read once for each algorithm. */
function configuredKeys(config: FlaskSettings): FindKey {
  const material = findAlgorithm(config.JWT_ALGORITHM)!.symmetric
    ? config.JWT_SECRET_KEY || config.SECRET_KEY
    : config.JWT_PUBLIC_KEY
  const keys = new Map<string, KeyObject | null>()
  return (name, algorithm) => {
    if (!keys.has(name)) keys.set(name, material ? toKey(algorithm, material, 'verify') : null)
    return keys.get(name)!
  }
}

function runDecodeKey(
  settings: Settings,
  decodeKey: NonNullable<Settings['callbacks']['decodeKey']>,
  { header, payload }: LoadedToken,
): Awaitable<KeyMaterial | null | Refusal> {
  return runCallback(settings, 'decodeKey', () => {
    const material = decodeKey(header, payload as unknown as Claims)
    return isThenable(material)
      ? Promise.resolve(material).then(toKeyMaterial)
      : toKeyMaterial(material)
  })
}

function verifyToken(
  config: FlaskSettings,
  settings: Settings,
  { header, payload, input, signature }: LoadedToken,
  findKey: FindKey,
  { csrf, allowExpired = false }: DecodeOptions,
): VerifiedToken | Refusal {
  const invalid = (message: string): Refusal => refuseWith(config, { kind: 'invalid', message })
  if (!('alg' in header)) return invalid('Algorithm not specified')
  if (typeof header.alg !== 'string' || !config.JWT_DECODE_ALGORITHMS.includes(header.alg))
    return invalid('The specified alg value is not allowed')
  const algorithm = findAlgorithm(header.alg)
  if (algorithm === undefined) return invalid('Algorithm not supported')
  const key = findKey(header.alg, algorithm)
  // Without a key Flask-JWT-Extended responds with 500. Here the token is refused.
  if (key === null || !algorithm.verify(key, input, signature))
    return invalid('Signature verification failed')
  const fault = claimsFault(config, payload, settings.now() / 1000, csrf || null, allowExpired)
  if (fault !== null) return refuseWith(config, fault)
  const claims = {
    ...payload,
    type: payload.type ?? ('type' in payload ? null : 'access'),
    fresh: 'fresh' in payload ? payload.fresh : false,
    jti: payload.jti ?? null,
  }
  const kind: TokenKind = payload.type === 'refresh' ? 'refresh' : 'access'
  return { ok: true, kind, claims: claims as unknown as Claims, header }
}

const isRefusal = (value: KeyMaterial | null | Refusal): value is Refusal =>
  typeof value === 'object' && value !== null && 'code' in value
