import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PAGES, readPage, ROOT } from './pages.ts'

test('every page begins with a sentence that says what it is for', () => {
  const without = PAGES.filter((page) => !/^# .+\n\n(?!```)[^\n<|#!-]/.test(readPage(page)))
  expect(without).toEqual([])
})

describe('links inside the repository', () => {
  const links = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)/g)].map(
      ([, target, anchor]) => ({
        page,
        target: target === '' ? page : posix.join(posix.dirname(page), target!),
        anchor,
      }),
    ),
  )

  test('every target exists', () => {
    const dead = links.filter(({ target }) => !existsSync(join(ROOT, target)))
    expect(dead.map(({ page, target }) => `${page}: ${target}`)).toEqual([])
  })

  test('every anchor is a heading of its page', () => {
    const dead = links.filter(
      ({ target, anchor }) =>
        anchor !== undefined && PAGES.includes(target) && !anchorsOf(target).has(anchor),
    )
    expect(dead.map(({ page, target, anchor }) => `${page}: ${target}#${anchor}`)).toEqual([])
  })
})

/** The anchors of a page, as GitHub derives them from its headings. */
function anchorsOf(page: string): Set<string> {
  return new Set(
    [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
