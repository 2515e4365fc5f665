/**
 * The options of a store with defaults filled in. Throws a `TypeError` for an unknown or invalid
 * option.
 */
export function readOptions<T extends object>(
  store: string,
  options: { [K in keyof T]?: T[K] | undefined },
  defaults: T,
): T {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${store}: options must be an object`)
  for (const [name, value] of Object.entries(options)) {
    const fallback = Object.hasOwn(defaults, name) ? defaults[name as keyof T] : undefined
    if (fallback === undefined)
      throw new TypeError(
        `${store}: unknown option "${name}"; the options are ${Object.keys(defaults).join(', ')}`,
      )
    if (value !== undefined && !isValid(value, fallback)) {
      const expected = EXPECTED[typeof fallback as keyof typeof EXPECTED]
      throw new TypeError(`${store}: option "${name}" must be ${expected}`)
    }
  }
  const chosen = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(chosen) }
}

const EXPECTED = {
  number: 'a number of milliseconds above 0',
  boolean: 'true or false',
  string: 'a non-empty string',
}

function isValid(value: unknown, fallback: unknown): boolean {
  if (typeof value !== typeof fallback) return false
  return typeof value === 'number' ? Number.isFinite(value) && value > 0 : value !== ''
}
