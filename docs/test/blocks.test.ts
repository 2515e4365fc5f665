import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf, dedent, PAGES, ROOT } from './pages.ts'

const blocks = PAGES.flatMap(blocksOf)

/** Languages whose blocks are copied from a file that a test runs. */
const EXCERPTS = ['ts', 'tsx', 'js', 'html', 'sql', 'nginx', 'caddyfile']

describe('code blocks', () => {
  test.each(blocks.filter(({ language }) => EXCERPTS.includes(language)))(
    '$page:$line is an excerpt of $from',
    ({ from, text }) => {
      expect(from, 'the comment <!-- from FILE --> above the block').not.toBeNull()
      const file = readFileSync(join(ROOT, from!), 'utf8')
      const lines = dedent(text)
      const found = file
        .split('\n')
        .some(
          (_, at, all) => dedent(all.slice(at, at + lines.split('\n').length).join('\n')) === lines,
        )
      expect(found, `the block as consecutive lines of ${from}`).toBe(true)
    },
  )

  test('every block names a known language', () => {
    const known = [...EXCERPTS, 'sh', 'json', 'text']
    expect(
      blocks
        .filter(({ language }) => !known.includes(language))
        .map(({ page, line }) => `${page}:${line}`),
    ).toEqual([])
  })

  test.each(blocks.filter(({ language }) => language === 'json'))(
    '$page:$line parses as JSON',
    ({ text }) => {
      expect(() => JSON.parse(text) as unknown).not.toThrow()
    },
  )
})

describe('`npm install` lines name the packages that the next program of the page imports', () => {
  const installs = blocks.filter(
    ({ language, text }) => language === 'sh' && text.startsWith('npm install '),
  )
  test.each(installs)('$page:$line', ({ page, line, text }) => {
    const program = blocks.find(
      (block) => block.page === page && block.line > line && block.from !== null,
    )
    expect(program, 'a program below the line').toBeDefined()
    const named = text.split('\n')[0]!.replace(/#.*$/, '').trim().split(/\s+/).slice(2)
    expect(packagesImportedBy(program!.text).filter((name) => !named.includes(name))).toEqual([])
  })
})

/** Names of the npm packages that a program imports, without their subpaths. */
function packagesImportedBy(program: string): string[] {
  return [...program.matchAll(/^import\b[^']*'([^'.][^']*)'/gm)]
    .map(([, name]) => name!)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0])
}
