import type { ClientStorage } from './platform.ts'
import type { SharedRecord } from './shared-record.ts'

/** The functions of `expo-secure-store` that are used. */
export interface SecureStore {
  getItemAsync(key: string): Promise<string | null>
  setItemAsync(key: string, value: string): Promise<void>
}

/** Bytes that a keychain stores under one name. */
const MAX_BYTES = 2048

/**
 * A storage in the keychain of a device. If the record is too long for it, the access token stays
 * in memory: after a start of the application, the client renews it first.
 */
export function secureStorage(store: SecureStore): ClientStorage {
  let full: string | undefined
  let written: string | undefined
  return {
    async getItem(name) {
      const text = await store.getItemAsync(name)
      return text !== null && text === written ? full! : text
    },
    async setItem(name, value) {
      const text = shortened(value)
      await store.setItemAsync(name, text)
      full = value
      written = text
    },
  }
}

/** The text without what can be got again, and without the oldest entries of its lists. */
function shortened(text: string): string {
  if (isShort(text)) return text
  const record = JSON.parse(text) as SharedRecord
  delete record.access
  // The access token counts as expired.
  record.receivedAt = 0
  record.expiresIn = 1
  const { endedSessions, pendingSignOuts } = record
  let result = JSON.stringify(record)
  while (!isShort(result) && endedSessions.length + pendingSignOuts.length > 0) {
    // A sign-out that the server has not received is worth more than an ended session.
    ;(endedSessions.length > 0 ? endedSessions : pendingSignOuts).shift()
    result = JSON.stringify(record)
  }
  return result
}

/** React Native has no `TextEncoder` in some versions. */
const isShort = (text: string): boolean =>
  encodeURIComponent(text).replace(/%../g, '_').length <= MAX_BYTES
