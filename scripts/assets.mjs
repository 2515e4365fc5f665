/**
 * Copies the SQL files into `dist`, next to the code that reads them: the compiler leaves them out.
 */
import { cpSync, globSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

for (const workspace of ['library', 'server']) {
  const source = join(ROOT, workspace, 'src')
  for (const file of globSync('**/*.sql', { cwd: source }))
    cpSync(join(source, file), join(ROOT, workspace, 'dist', file))
}
