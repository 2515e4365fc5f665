import type { ReactNode } from 'react'
import { requireUser } from '../../../require-user.ts'
import { save } from './actions.ts'
import { NoteForm } from './note-form.tsx'

interface Props {
  params: Promise<{ id: string }>
  searchParams: Promise<Record<string, string>>
}

export default async function Order({ params, searchParams }: Props): Promise<ReactNode> {
  const { id } = await params
  const path = `/orders/${id}?${new URLSearchParams(await searchParams)}`
  const user = await requireUser(path)
  return (
    <>
      <h1>{`Order ${id} of ${user}`}</h1>
      <NoteForm save={save.bind(null, path)} />
      <a href="/files/chart.svg" download>
        Download
      </a>
    </>
  )
}
