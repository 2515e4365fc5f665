import type { ReactNode } from 'react'
import { who } from '../lib/who.ts'
import { Renewal } from './renewal.tsx'

export default async function Page(): Promise<ReactNode> {
  const identity = await who()
  if (identity === undefined) return <Renewal />
  return <p>{identity === null ? 'Nobody is signed in.' : `Hello, ${identity}`}</p>
}
