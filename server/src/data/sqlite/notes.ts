import type { DatabaseSync } from 'node:sqlite'
import type { Notes } from '../data.ts'

const SQL = {
  read: 'SELECT value FROM note WHERE name = ?',
  insert: 'INSERT INTO note VALUES (?, ?) ON CONFLICT DO NOTHING',
  replace: 'INSERT OR REPLACE INTO note VALUES (?, ?)',
}

export function sqliteNotes(connection: DatabaseSync): Notes {
  const read = connection.prepare(SQL.read)
  const insert = connection.prepare(SQL.insert)
  const replace = connection.prepare(SQL.replace)
  const readNote = (name: string) => (read.get(name)?.value as string | undefined) ?? null
  return {
    read: readNote,
    writeOnce(name, value) {
      insert.run(name, value)
      return readNote(name)!
    },
    replace: (name, value) => void replace.run(name, value),
  }
}
