import Database from 'better-sqlite3'
import { storeContract } from 'latchkey/testing'
import { test } from 'vitest'
import { sqliteStore } from '../../src/stores/sqlite/store.ts'
import { temporaryFile } from './sqlite-file.ts'

storeContract({
  test,
  durable: true,
  makeStore() {
    const file = temporaryFile()
    const open = () => {
      const database = new Database(file.path)
      const store = sqliteStore(database)
      store.migrate()
      return { database, store }
    }
    let opened = open()
    return {
      store: opened.store,
      reopen() {
        opened.database.close()
        opened = open()
        return opened.store
      },
      close() {
        opened.database.close()
        file[Symbol.dispose]()
      },
    }
  },
})
