/** The options of a store with their defaults. Throws a `TypeError` that names what is unknown or misshapen. */
export function readOptions<T extends object>(
  store: string,
  given: { [K in keyof T]?: T[K] | undefined },
  defaults: T,
): T {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${store} takes an object of options`)
  for (const [name, value] of Object.entries(given)) {
    const fallback = Object.hasOwn(defaults, name) ? defaults[name as keyof T] : undefined
    if (fallback === undefined)
      throw new TypeError(
        `unknown option "${name}" of ${store}; the options are ${Object.keys(defaults).join(', ')}`,
      )
    if (value !== undefined && !fits(value, fallback))
      throw new TypeError(
        `option "${name}" of ${store} must be ${SHAPES[typeof fallback as keyof typeof SHAPES]}`,
      )
  }
  const chosen = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  )
  return { ...defaults, ...chosen }
}

const SHAPES = {
  number: 'a number of milliseconds above 0',
  boolean: 'true or false',
  string: 'a string that is not empty',
}

function fits(value: unknown, fallback: unknown): boolean {
  if (typeof value !== typeof fallback) return false
  return typeof value === 'number' ? Number.isFinite(value) && value > 0 : value !== ''
}
