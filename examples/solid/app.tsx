/** @jsxImportSource solid-js */
import type { Client } from 'latchkey/client'
import { useSession } from 'latchkey/client/solid'
import { Match, Switch } from 'solid-js'

export function App({ client }: { client: Client }) {
  const session = useSession(client)
  return (
    <Switch
      fallback={
        <button onClick={() => client.signIn({ username: 'ada', password: 'correct horse' })}>
          Sign in
        </button>
      }
    >
      <Match when={session().status === 'unknown'}>
        <p>One moment</p>
      </Match>
      <Match when={session().status === 'signed-in'}>
        <button onClick={() => client.signOut()}>Sign out</button>
      </Match>
    </Switch>
  )
}
