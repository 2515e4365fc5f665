import type { ReactNode } from 'react'
import { Client } from './client.tsx'

export default function Layout({ children }: { children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body>
        {children}
        <Client />
      </body>
    </html>
  )
}
