'use server'

import { requireUser } from '../../../require-user.ts'

export async function save(path: string, _saved: string, form: FormData): Promise<string> {
  const user = await requireUser(path)
  return `${form.get('note')}, of ${user}`
}
