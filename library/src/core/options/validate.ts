import { isObject } from '../json.ts'

/** For each option of a group: the test of a value, and in words what it must be. */
export type OptionShapes<Options> = {
  [name in keyof Options]-?: readonly [test: (value: unknown) => boolean, shape: string]
}

export function isNonEmptyArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0
}
export function isNonEmptyString(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0
}
/** One word of HTTP: the name of a header, of a cookie, of a scheme (RFC 9110, section 5.6.2). */
export function isHttpToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)
}
export const isHeaderName = isHttpToken
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
export function isPositiveNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
export function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** Refuses names that are not in the table, and values that are not what it says, with a `TypeError` that names the option. */
export function validateShapes(
  given: object,
  shapes: Readonly<Record<string, readonly [test: (value: unknown) => boolean, shape: string]>>,
): void {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(shapes, name))
      throw new TypeError(
        `unknown option "${name}"; the options are ${Object.keys(shapes).join(', ')}`,
      )
    const [test, shape] = shapes[name]!
    if (value !== undefined && !test(value))
      throw new TypeError(`option "${name}" must be ${shape}`)
  }
}

/** The test of an option that is a group of others: an object that has only these names, each with a value that passes. */
export function isObjectOf(
  tests: Readonly<Record<string, (value: unknown) => boolean>>,
): (value: unknown) => boolean {
  return (value) =>
    isObject(value) &&
    Object.entries(value).every(
      ([name, each]) => Object.hasOwn(tests, name) && (each === undefined || tests[name]!(each)),
    )
}
