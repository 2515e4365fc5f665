import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS } from 'latchkey'
import { ENDED_CODES } from 'latchkey/protocol'
import { expect, test } from 'vitest'
import { UNUSED_LIBRARY_CODES } from '../server.ts'
import { SERVER_ERRORS } from '../../src/errors.ts'
import { LOCALES } from '../../src/shared/locales/index.ts'
import { problemText } from '../../src/shared/problem-text.ts'

type Text = string | ((...values: never[]) => string)

/** Every text by its path, such as `signIn.title`. */
function leaves(node: object, path = ''): Array<[path: string, text: Text]> {
  return Object.entries(node).flatMap(([key, value]: [string, Text | object]) =>
    typeof value === 'object'
      ? leaves(value, `${path}${key}.`)
      : [[path + key, value] as [string, Text]],
  )
}

const en = leaves(LOCALES.en)
const zh = leaves(LOCALES.zh)

/** A text with a value for each argument. */
const filled = (text: Text): string =>
  typeof text === 'string'
    ? text
    : (text as (...values: unknown[]) => string)({ toString: () => 'Q7' }, 'Q8')

const shapeOf = ([path, text]: [string, Text]): string =>
  `${path} ${typeof text} ${typeof text === 'function' ? text.length : ''}`

test('locales: both have the same keys and arguments, in the same order', () => {
  expect(zh.map(shapeOf)).toEqual(en.map(shapeOf))
})

test.each(en)(
  'locales: %s is in English and in Chinese, with the punctuation of the language',
  (path, text) => {
    const chinese = filled(zh.find(([other]) => other === path)![1])
    expect(filled(text).trim()).not.toBe('')
    expect(filled(text)).not.toMatch(/\p{Script=Han}/u)
    expect(chinese).toMatch(/\p{Script=Han}|^Q8（Q7）$|^Q7（Q8）$/u)
    expect(chinese).not.toMatch(/\p{Script=Han}[,:;?!()]/u)
    for (const value of ['Q7', 'Q8'])
      expect(chinese.includes(value)).toBe(filled(text).includes(value))
  },
)

/** Tables whose keys are computed, so the source does not contain them. */
const TABLES = [
  'account.notices',
  'claims',
  'ended',
  'errors',
  'eventHints',
  'events',
  'layout',
  'problem.leads',
  'problem.titles',
  'reasons',
  'requestedBy',
]
const isInTable = (path: string): boolean => TABLES.some((table) => path.startsWith(`${table}.`))

const folders = [
  '../../src/pages',
  '../../src/shared',
  '../../web/src',
  '../../web/src/tokens',
].map((folder) => join(import.meta.dirname, folder))
const source = folders
  .flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  )
  .join('\n')

test.each(en.map(([path]) => path).filter((path) => !isInTable(path)))(
  'locales: %s is used by a page',
  (path) => {
    // The reveal button gets only the table `password`.
    expect(
      new RegExp(
        `\\btext\\.(?:${path.replaceAll('.', '\\.')}|${path.replace(/^password\./, '')})\\b`,
      ).test(source),
    ).toBe(true)
  },
)

test('locales: every error code has a text, and every end code a reason', () => {
  const codes = [...Object.keys(ERRORS), ...Object.keys(SERVER_ERRORS)].filter(
    (code) => !UNUSED_LIBRARY_CODES.has(code),
  )
  for (const { errors, reasons } of Object.values(LOCALES)) {
    expect(Object.keys(errors)).toEqual(expect.arrayContaining(codes))
    expect(Object.keys(reasons)).toEqual(expect.arrayContaining([...ENDED_CODES]))
  }
})

const refusal = (code: string, values?: object): string =>
  problemText({ code, message: '', ...(values && { values }) }, LOCALES.en)

test('problemText: contains the numbers of the refusal if it has any', () => {
  expect(refusal('password_too_short', { min: 10 })).toBe(
    'Use at least 10 characters for the password.',
  )
  expect(refusal('password_too_short')).toBe('This password is too short. Choose a longer one.')
  expect(refusal('too_many_attempts', { seconds: 1 })).toBe(
    'Too many attempts. Try again in 1 second.',
  )
  expect(refusal('too_many_attempts', { seconds: 30 })).toBe(
    'Too many attempts. Try again in 30 seconds.',
  )
  expect(refusal('too_many_attempts')).toBe('Too many attempts. Wait a moment, then try again.')
})
