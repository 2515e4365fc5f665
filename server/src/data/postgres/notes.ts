import type { Notes } from '../data.ts'
import type { Query } from './query.ts'

const SQL = {
  read: 'SELECT value FROM latchkey_note WHERE name = $1',
  insert: 'INSERT INTO latchkey_note VALUES ($1, $2) ON CONFLICT DO NOTHING',
  replace: `INSERT INTO latchkey_note VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
}

export function postgresNotes(query: Query): Notes {
  async function read(name: string): Promise<string | null> {
    const [row] = await query(SQL.read, name)
    return row === undefined ? null : String(row[0])
  }
  return {
    read,
    async writeOnce(name, value) {
      await query(SQL.insert, name, value)
      return (await read(name))!
    },
    async replace(name, value) {
      await query(SQL.replace, name, value)
    },
  }
}
