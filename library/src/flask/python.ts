/**
 * Python's built-in functions on values of JSON, where they differ from JavaScript's in tokens and
 * messages.
 */

/** A number of Python's type `float`, which is written with a decimal point even if it is whole. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/**
 * `json.dumps(value)`, compact and in ASCII. Throws a `TypeError` for a value that JSON cannot
 * express.
 */
export function dumps(value: unknown): string {
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Date) return JSON.stringify(value.toUTCString())
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError('a token cannot hold a number that is not finite')
    return Number.isInteger(value) && Math.abs(value) < 1e21
      ? BigInt(value).toString()
      : floatText(value)
  }
  if (typeof value !== 'object' || value === null)
    return escapeNonAscii(JSON.stringify(value) ?? 'null')
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return dumps(value.toJSON() as unknown)
  if (Array.isArray(value)) return `[${value.map(dumps).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && typeof member !== 'function')
    .map(([name, member]) => `${escapeNonAscii(JSON.stringify(name))}:${dumps(member)}`)
  return `{${members.join(',')}}`
}

const escapeNonAscii = (text: string): string =>
  text.replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** `repr(value)` of a `float`. */
function floatText(value: number): string {
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power < -4 || power >= 16)
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** `int(value)`; null if Python raises an error. */
export function int(value: unknown): number | null {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null
  return typeof value === 'string' && value.length < 4300 && /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value)
    ? Number(value.replaceAll('_', ''))
    : null
}

/** `not value`, for a value of JSON. */
export function isFalsy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value && !Number.isNaN(value)
  return (Array.isArray(value) ? value : Object.keys(value)).length === 0
}

/** `str(value)`, for a value of JSON. */
export function str(value: unknown): string {
  return typeof value === 'string' ? value : repr(value)
}

function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value)
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  return `{${Object.entries(value)
    .map(([name, member]) => `${quote(name)}: ${repr(member)}`)
    .join(', ')}}`
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const inner = text.replace(
    /[\\\n\r\t]|\p{Cc}/gu,
    (character) =>
      ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return mark + (mark === "'" ? inner.replaceAll("'", "\\'") : inner) + mark
}
