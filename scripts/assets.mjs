/** Copies what the compiler leaves behind: the SQL beside the code that reads it. */
import { cpSync, globSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

for (const workspace of ['library', 'server']) {
  const source = join(ROOT, workspace, 'src')
  for (const file of globSync('**/*.sql', { cwd: source }))
    cpSync(join(source, file), join(ROOT, workspace, 'dist', file))
}
