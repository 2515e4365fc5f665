import { requireUser } from '../../../require-user.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = (event) => ({ user: requireUser(event), id: event.params.id })

export const actions: Actions = {
  default: async (event) => {
    const user = requireUser(event)
    const form = await event.request.formData()
    return { saved: `${form.get('note')}, of ${user}` }
  },
}
