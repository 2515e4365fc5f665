import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

export interface Block {
  /** Path from the root, such as `docs/server.md`. */
  page: string
  line: number
  language: string
  text: string
  /** The file named in the comment above the block: `<!-- from examples/node/server.ts -->`. */
  from: string | null
}

/** Every page whose code blocks, commands, tables and links are tested. */
export const PAGES = globSync(
  [
    '{README,README.zh-CN,CONTRIBUTING,SECURITY,CHANGELOG}.md',
    'docs/*.md',
    'examples/*/{README,README.zh-CN}.md',
    '{library,server,storm}/README.md',
    'library/test/model-check/README.md',
  ],
  { cwd: ROOT },
).sort()

export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

export function blocksOf(page: string): Block[] {
  const text = readPage(page)
  return [...text.matchAll(/(?:^<!-- from (\S+) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, from, language, block], index, all) => {
      const before = text.slice(0, all[index]!.index)
      return {
        page,
        line: before.split('\n').length,
        language: language!,
        text: block!,
        from: from ?? null,
      }
    },
  )
}

/** Removes the indentation that all lines share: an excerpt may be nested deeper in its file. */
export function dedent(text: string): string {
  const lines = text.split('\n')
  const depth = Math.min(
    ...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)),
  )
  return lines
    .map((line) => line.slice(depth))
    .join('\n')
    .trim()
}
