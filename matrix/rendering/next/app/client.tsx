'use client'

import { useEffect, type ReactNode } from 'react'
import { renewBeforeForms } from '../../shared/client.ts'

export function Client(): ReactNode {
  useEffect(renewBeforeForms, [])
  return null
}
