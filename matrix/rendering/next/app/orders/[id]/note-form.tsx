'use client'

import { useActionState, type ReactNode } from 'react'

type Save = (saved: string, form: FormData) => Promise<string>

export function NoteForm({ save }: { save: Save }): ReactNode {
  const [saved, action] = useActionState(save, '')
  return (
    <>
      <form action={action}>
        <input name="note" />
        <button>Save</button>
      </form>
      {saved && <output>Saved: {saved}</output>}
    </>
  )
}
