import type { ReactNode } from 'react'
import { currentIdentity } from '../lib/current-identity.ts'
import { Renewal } from './renewal.tsx'

export default async function Page(): Promise<ReactNode> {
  const identity = await currentIdentity()
  if (identity === undefined) return <Renewal />
  return <p>{identity === null ? 'Nobody is signed in.' : `Hello, ${identity}`}</p>
}
