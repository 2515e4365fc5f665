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

test('the pages have one script and one style, under /assets/ with their hashes', () => {
  expect(chunks.filter((chunk) => chunk.isEntry)).toHaveLength(1)
  expect(entry.fileName).toMatch(/^assets\/pages-[\w-]+\.js$/)
  expect(built.output.filter(({ fileName }) => fileName.endsWith('.css'))).toHaveLength(1)
})

test('a page does not wait for the other language or the token page', () => {
  expect(entry.imports).toEqual([])
  expect(entry.dynamicImports).toHaveLength(3)
  expect(entry.code).not.toMatch(/\p{Script=Han}/u)
})

test('the script that every page loads stays small', () => {
  expect(gzipSync(entry.code).length).toBeLessThan(14_000)
})

test('nothing in the scripts needs more than the content security policy gives', () => {
  for (const { code } of chunks)
    expect(code).not.toMatch(
      /\beval\(|new Function\(|\.innerHTML|insertAdjacentHTML|document\.write\(|localStorage/,
    )
})
