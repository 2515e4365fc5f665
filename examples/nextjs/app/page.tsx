import type { ReactNode } from 'react'
import { who } from '../lib/who.ts'

export default async function Page(): Promise<ReactNode> {
  const identity = await who()
  return <p>{identity === null ? 'Nobody is signed in.' : `Hello, ${identity}`}</p>
}
