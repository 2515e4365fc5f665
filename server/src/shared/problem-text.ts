import type { MessageValues, Texts } from './locales/index.ts'

/** A refusal for a page. */
export interface PageProblem {
  code: string
  /** Shown if the pages have no text for the code. */
  message: string
  values?: MessageValues
}

/** Returns the text for a refusal in the language of `text`. */
export function problemText(problem: PageProblem, text: Texts): string {
  if (!isCode(problem.code, text)) return problem.message
  const entry = text.errors[problem.code]
  return typeof entry === 'function' ? entry(problem.values ?? {}) : entry
}

// A code may come from an address, and `constructor` is a property of every object.
const isCode = (code: string, text: Texts): code is keyof Texts['errors'] =>
  Object.hasOwn(text.errors, code)

/** The form fields that an error code is about. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  credentials_invalid: ['username', 'password'],
  username_taken: ['username'],
  username_invalid: ['username'],
  username_mixed: ['username'],
  username_reserved: ['username'],
  password_too_short: ['password', 'new_password'],
  password_too_long: ['password', 'new_password'],
  password_common: ['password', 'new_password'],
  password_personal: ['password', 'new_password'],
  password_unchanged: ['new_password'],
  current_password_invalid: ['current_password'],
}

/** True if the error code says that this field has to change. */
export function isInvalidField(field: string, code: string | undefined): boolean {
  return code !== undefined && Object.hasOwn(FIELDS, code) && FIELDS[code]!.includes(field)
}
