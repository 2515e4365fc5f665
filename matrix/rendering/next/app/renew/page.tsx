'use client'

import { useEffect, type ReactNode } from 'react'
import { renew } from '../../../shared/client.ts'

export default function Renew(): ReactNode {
  useEffect(renew, [])
  return <p>One moment</p>
}
