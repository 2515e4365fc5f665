/**
 * Checks that no line of code is longer than 100 columns. The formatter breaks code, not comments
 * and strings.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const WIDTH = 100

/** Texts for people in one string each, HTML templates, and data. */
const EXEMPT = /(?:^|\/)(?:locales|vectors|pages)\/|common-passwords/

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs', '*.css'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => !EXEMPT.test(file) && existsSync(join(ROOT, file)))

/** A literal that is a line of its own, such as an expected message: nothing in it can be broken. */
const LITERAL = /^\s*(?:const \w+ = )?(?:String\.raw)?['"`/].*['"`/][\w,;)(]*$/

const long = files.flatMap((file) =>
  readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      line.length > WIDTH && !LITERAL.test(line) ? [`${file}:${index + 1}`] : [],
    ),
)
if (long.length > 0) {
  console.error(`longer than ${WIDTH} columns:\n${long.join('\n')}`)
  process.exitCode = 1
}
