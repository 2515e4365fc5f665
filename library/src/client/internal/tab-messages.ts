import type { Context } from './context.ts'

/**
 * A message to the other tabs. It never contains a token: a tab that needs one reads the record.
 */
export type TabMessage =
  /** The record has changed. */
  | { type: 'record' }
  /** Contains all that a tab needs, so it does not have to wait for the disk. */
  | { type: 'signed-out'; sessionId: string; reason: string }
  /** Send no automatic refresh for `wait` milliseconds. */
  | { type: 'unreachable'; wait: number; cause: string }

/** Calls `onMessage` for each message of another tab, if the browser has a channel between tabs. */
export function openChannel(context: Context, onMessage: (message: TabMessage) => void): void {
  try {
    context.channel = new BroadcastChannel(context.name)
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is the only listener
    context.channel.onmessage = ({ data }: MessageEvent<TabMessage>) => onMessage(data)
  } catch {
    // This browser has no such channel, or blocks it.
  }
}

export const broadcast = (context: Context, message: TabMessage): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  context.channel?.postMessage(message)
