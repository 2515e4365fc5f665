import type { Location } from '../../protocol.ts'
import { isFilled, isFlag, type Shapes } from './shape.ts'

/** Where tokens ride, and who may send them. */
export interface PlaceOptions {
  /** Where tokens are looked for, in this order; `['headers', 'cookies']`. */
  locations?: readonly Location[]
  /** Origins whose pages may send cookies with a changing request, such as `https://app.example`. */
  origins?: readonly string[]
  /** `strict` or `lax` (the default). */
  sameSite?: 'lax' | 'strict'
  /** Cookies without `Secure` and without the prefix `__Host-`, for plain http on this machine. Anybody on the network can read them. */
  dangerouslyInsecureCookies?: boolean
}

export interface PlaceSettings {
  locations: readonly Location[]
  origins: ReadonlySet<string>
  sameSite: 'Lax' | 'Strict'
  secureCookies: boolean
}

const LOCATIONS: readonly Location[] = ['headers', 'cookies', 'json']

export const PLACE_SHAPES: Shapes<PlaceOptions> = {
  locations: [(value) => isFilled(value) && value.every((each) => LOCATIONS.includes(each as Location)), `an array of ${LOCATIONS.join(', ')}`],
  origins: [(value) => Array.isArray(value) && value.every(isOrigin), 'an array of origins such as https://app.example, without a path'],
  sameSite: [(value) => value === 'lax' || value === 'strict', '"lax" or "strict"'],
  dangerouslyInsecureCookies: [isFlag, 'true or false'],
}

export function readPlaces(options: PlaceOptions): PlaceSettings {
  return {
    locations: Object.freeze([...(options.locations ?? (['headers', 'cookies'] as const))]),
    origins: new Set(options.origins),
    sameSite: options.sameSite === 'strict' ? 'Strict' : 'Lax',
    secureCookies: options.dangerouslyInsecureCookies !== true,
  }
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}
