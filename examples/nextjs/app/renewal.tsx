'use client'

import { useRouter } from 'next/navigation'
import { useEffect, type ReactNode } from 'react'
import { client } from '../lib/client.ts'

/** Stands where the server could not know: the browser renews, and asks for the page again. */
export function Renewal(): ReactNode {
  const router = useRouter()
  useEffect(() => {
    // Where the session turned out to be over, the cookie that named it is gone.
    void client
      .renew()
      .catch(() => {})
      .then(() => router.refresh())
  }, [router])
  return <p>One moment</p>
}
