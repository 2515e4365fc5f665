/**
 * Copies the SQL files of the server into `dist`, next to the code that reads them: the compiler
 * leaves them out.
 */
import { cpSync, globSync } from 'node:fs'
import { join } from 'node:path'

const SERVER = join(import.meta.dirname, '..', 'server')

for (const file of globSync('**/*.sql', { cwd: join(SERVER, 'src') }))
  cpSync(join(SERVER, 'src', file), join(SERVER, 'dist', file))
