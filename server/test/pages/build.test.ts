import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

const configFile = join(import.meta.dirname, '../../web/vite.config.ts')
const built = (await build({
  configFile,
  logLevel: 'silent',
  build: { write: false },
})) as Rolldown.RolldownOutput
const chunks = built.output.filter((file) => file.type === 'chunk')
const entry = chunks.find((chunk) => chunk.isEntry)!

test('build: one entry script and one style sheet under /assets/, with hashes', () => {
  expect(chunks.filter((chunk) => chunk.isEntry)).toHaveLength(1)
  expect(entry.fileName).toMatch(/^assets\/pages-[\w-]+\.js$/)
  expect(built.output.filter(({ fileName }) => fileName.endsWith('.css'))).toHaveLength(1)
})

test('build: the entry script loads the languages and the tokens page on demand', () => {
  expect(entry.imports).toEqual([])
  expect(entry.dynamicImports).toHaveLength(3)
  expect(entry.code).not.toMatch(/\p{Script=Han}/u)
})

test('build: the entry script is smaller than 14 kB compressed', () => {
  expect(gzipSync(entry.code).length).toBeLessThan(14_000)
})

test('build: no script uses what the content security policy forbids, or localStorage', () => {
  for (const { code } of chunks)
    expect(code).not.toMatch(
      /\beval\(|new Function\(|\.innerHTML|insertAdjacentHTML|document\.write\(|localStorage/,
    )
})
