import { useEffect, type ReactNode } from 'react'
import { Links, Meta, Outlet, Scripts } from 'react-router'
import { renewBeforeForms } from '../../shared/client.ts'
import { renewal } from './visitor.server.ts'

export const middleware = [renewal]

export default function Root(): ReactNode {
  useEffect(renewBeforeForms, [])
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <link rel="icon" href="data:," />
        <Meta />
        <Links />
      </head>
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  )
}
