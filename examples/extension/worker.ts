import { createClient } from 'latchkey/client/header'

declare const ORIGIN: string
declare const chrome: {
  runtime: { onMessage: { addListener(listener: Listener): void } }
}
type Listener = (message: Message, sender: unknown, reply: (value: unknown) => void) => boolean

const client = createClient({ origin: ORIGIN })
chrome.runtime.onMessage.addListener((message, _sender, reply) => {
  handle(message).then(reply, (error) => reply(String(error)))
  // The reply comes later.
  return true
})

/** The popup sends what the user typed, or asks for data; it never sees a token. */
type Message = { signIn: Record<string, unknown> } | { path: string }

async function handle(message: Message): Promise<unknown> {
  if ('signIn' in message) return client.signIn(message.signIn)
  return (await client.fetch(ORIGIN + message.path)).status
}
