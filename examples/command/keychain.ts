import { fileStorage, type ClientStorage } from 'latchkey/client/node'

/** An entry of a keychain, as packages for the keychain of the operating system have it. */
interface Entry {
  getPassword(): string | null
  setPassword(password: string): void
}

export function keychainStorage(path: string, entry: Entry): ClientStorage {
  const storage = fileStorage(path, {
    read: () => entry.getPassword(),
    write: (text) => entry.setPassword(text),
  })
  return storage
}
