import { owing, paid } from './changes.ts'
import { pause } from './clock.ts'
import { createLock } from './lock.ts'
import type { Locked } from './lock.ts'
import { eraseMarker, readMarker } from './marker.ts'
import type { Marker } from './marker.ts'
import type { Settings } from './options.ts'
import { openRecord } from './record.ts'
import type { RecordFile } from './record.ts'
import { createServer } from './server.ts'
import type { Server } from './server.ts'
import { Holder } from './session.ts'
import { createSubject } from './state.ts'
import type { By, Subject, Why } from './state.ts'

/** How long a cookie may take to be seen in every tab. Milliseconds. */
const COOKIE_LAG = 50
/** The longest that requests wait for a sign-in. Milliseconds. */
const LONGEST_HOLD = 3000

/** The parts of one client, and what all of them do: look, hold requests back, and settle what is owed. */
export class Core {
  readonly settings: Settings
  readonly subject: Subject = createSubject()
  readonly record: RecordFile
  readonly server: Server
  readonly holder: Holder
  readonly locked: Locked
  /** While somebody signs in, in whichever tab, nobody knows whose cookies a request would carry. Settles when it is over. */
  signingIn: Promise<unknown> | null = null
  #signInOver: (value?: unknown) => void = () => {}
  #flushing: Promise<void> | null = null

  constructor(settings: Settings) {
    this.settings = settings
    this.record = openRecord(settings.name)
    this.server = createServer(settings)
    this.holder = new Holder(this.subject)
    this.locked = createLock(settings.name)
  }

  /** Reads the record and the cookie again. `just`: because another tab said this moment that it wrote there. Never rejects. */
  look = async (by: By, why?: Why, just = false): Promise<void> => {
    try {
      let kept = await this.record.read()
      if (this.#cookieDiffers(kept.sessionId)) {
        await pause(COOKIE_LAG)
        kept = await this.record.read()
      }
      this.holder.take(kept, this.#marker(), just, by, why)
      this.#tidy()
    } catch {
      // Storage did not answer. In cookie mode the cookie alone says enough; else what was known stands.
      if (this.settings.marked) this.holder.take(this.record.latest, this.#marker(), false, by, why)
    }
  }

  /** Another session's cookies than this tab believes in, or none: to be found out before a request goes out with them. */
  lookAgain = (): Promise<void> | null => {
    return this.#cookieDiffers(this.holder.held?.sessionId ?? null) ? this.look('another tab') : null
  }

  #cookieDiffers(sessionId: string | null): boolean {
    return this.settings.marked && (this.#marker()?.sessionId ?? null) !== sessionId
  }

  #marker(): Marker | null | undefined {
    return this.settings.marked ? readMarker() : undefined
  }

  /** A cookie that came back after its session was over is sent away again, with those beside it that script cannot see. */
  #tidy(): void {
    const marker = this.#marker()
    if (!marker || !this.#isOver(marker.sessionId)) return
    eraseMarker()
    void this.signOutAgain()
  }

  /** Not through what is owed already: that sign-out may have gone out before the cookies came back. Never rejects. */
  signOutAgain = async (): Promise<void> => {
    const work = async (): Promise<unknown> =>
      this.#wouldEndAnother() || (await this.server.signOut('')) || this.record.update((kept) => owing(kept, ''))
    await this.locked(work).catch(() => {})
  }

  /** Requests wait from here to `release`. */
  hold(): void {
    const over = new Promise((resolve) => (this.#signInOver = resolve))
    this.signingIn = Promise.race([over, pause(LONGEST_HOLD)])
  }

  release = (): void => {
    this.#signInOver()
    this.signingIn = null
  }

  /** Tells the server of sign-outs that it may not have heard of. */
  settle = async (): Promise<void> => {
    if (this.record.latest.owed.length === 0) return
    await (this.#flushing ??= this.locked(() => this.flush()).finally(() => (this.#flushing = null)))
  }

  /** To be called under the lock. Never rejects. */
  async flush(): Promise<void> {
    try {
      const { owed } = await this.record.read()
      for (const token of owed) {
        if (this.#wouldEndAnother() || (await this.server.signOut(token))) await this.record.update((kept) => paid(kept, token))
      }
    } catch {
      // It stays owed.
    }
  }

  /** A sign-out by cookie ends the session that the cookies belong to: by now perhaps that of somebody who signed in since. */
  #wouldEndAnother(): boolean {
    const { mode, marked } = this.settings
    const sessionId = marked ? this.#marker()?.sessionId : this.record.latest.sessionId
    return mode === 'cookie' && !!sessionId && !this.#isOver(sessionId)
  }

  #isOver(sessionId: string): boolean {
    return this.record.latest.ended.includes(sessionId) || this.holder.isGone(sessionId)
  }
}
