import { isObject } from '../json.ts'

/** For each option: a test of its value, and a description of valid values for the error. */
export type OptionShapes<Options> = {
  [name in keyof Options]-?: readonly [test: (value: unknown) => boolean, shape: string]
}

export function isNonEmptyArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0
}
export function isNonEmptyString(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0
}
/** A `token` of HTTP (RFC 9110, section 5.6.2): the name of a header, a cookie or a scheme. */
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

/** Throws a `TypeError` that names the option, if it is unknown or its value is invalid. */
export function validateShapes(
  options: object,
  shapes: Readonly<Record<string, readonly [test: (value: unknown) => boolean, shape: string]>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(shapes, name))
      throw new TypeError(
        `unknown option "${name}"; the options are ${Object.keys(shapes).join(', ')}`,
      )
    const [test, shape] = shapes[name]!
    if (value !== undefined && !test(value))
      throw new TypeError(`option "${name}" must be ${shape}`)
  }
}

/** A test for objects that have only these members, each with a valid value or undefined. */
export function isObjectOf(
  tests: Readonly<Record<string, (value: unknown) => boolean>>,
): (value: unknown) => boolean {
  return (value) =>
    isObject(value) &&
    Object.entries(value).every(
      ([name, member]) =>
        Object.hasOwn(tests, name) && (member === undefined || tests[name]!(member)),
    )
}
