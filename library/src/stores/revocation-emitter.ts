import type { Revocation, RevocationListener } from '../core/store.ts'

/** Passes ended sessions, and the state of the connection to other processes, to listeners. */
export class RevocationEmitter {
  readonly #listeners = new Set<RevocationListener>()
  #connected = false

  emit(revocation: Revocation): void {
    for (const listener of this.#listeners) listener.ended(revocation)
  }

  /** Notifies listeners only when the state changes. */
  setConnected(connected: boolean): void {
    if (connected === this.#connected) return
    this.#connected = connected
    for (const listener of this.#listeners)
      if (connected) listener.connected()
      else listener.disconnected()
  }

  /**
   * Calls `connected` at once if the emitter is connected. Returns the function that removes the
   * listener.
   */
  subscribe(listener: RevocationListener): () => void {
    this.#listeners.add(listener)
    if (this.#connected) listener.connected()
    return () => void this.#listeners.delete(listener)
  }
}
