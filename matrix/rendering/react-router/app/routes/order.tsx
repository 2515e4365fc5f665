import type { ReactNode } from 'react'
import { Form } from 'react-router'
import { requireUser } from '../visitor.server.ts'
import type { Route } from './+types/order.ts'

export const loader = (args: Route.LoaderArgs) => ({ user: requireUser(args), id: args.params.id })

export async function action(args: Route.ActionArgs) {
  const user = requireUser(args)
  const form = await args.request.formData()
  return { saved: `${form.get('note')}, of ${user}` }
}

export default function Order({ loaderData, actionData }: Route.ComponentProps): ReactNode {
  return (
    <>
      <h1>{`Order ${loaderData.id} of ${loaderData.user}`}</h1>
      <Form method="post">
        <input name="note" />
        <button>Save</button>
      </Form>
      {actionData && <output>Saved: {actionData.saved}</output>}
      <a href="/files/chart.svg" download>
        Download
      </a>
    </>
  )
}
