import type { Client } from 'latchkey/client'
import { useSession } from 'latchkey/client/react'

export function App({ client }: { client: Client }) {
  const session = useSession(client)
  if (session.status === 'unknown') return <p>One moment</p>
  if (session.status === 'signed-in')
    return <button onClick={() => void client.signOut()}>Sign out</button>
  return (
    <button onClick={() => void client.signIn({ username: 'ada', password: 'correct horse' })}>
      Sign in
    </button>
  )
}
