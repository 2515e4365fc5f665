/** What tabs tell one another. A token never travels here: whoever needs one reads the record. */
export type Message =
  /** The record has changed: read it. */
  | { about: 'record' }
  /** A session is over. All that a tab needs to know is in the message, so that it need not wait for the disk. */
  | { about: 'end'; sessionId: string; reason: string }
  /** A sign-in begins: send no request until the record has changed. */
  | { about: 'sign-in' }
  /** The sign-in server could not be reached: leave it alone for so many milliseconds. */
  | { about: 'server'; wait: number }

export interface Tabs {
  tell(message: Message): void
  close(): void
}

/** Where there is no channel, other tabs find out when they are looked at, or by a 401. */
export function openTabs(name: string, hear: (message: Message) => void): Tabs {
  let channel: BroadcastChannel | null = null
  try {
    channel = new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }: MessageEvent<Message>) => hear(data))
  } catch {
    channel = null
  }
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel takes none: it reaches its own origin only
    tell: (message) => channel?.postMessage(message),
    close() {
      channel?.close()
      channel = null
    },
  }
}
