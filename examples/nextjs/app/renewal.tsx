'use client'

import { useRouter } from 'next/navigation'
import { useEffect, type ReactNode } from 'react'
import { client } from '../lib/client.ts'

/** Rendered if the access token has expired: renews it in the browser, then reloads the page. */
export function Renewal(): ReactNode {
  const router = useRouter()
  useEffect(() => {
    // If the session has ended, its cookies are gone now: the page is reloaded in both cases.
    void client
      .renew()
      .catch(() => {})
      .then(() => router.refresh())
  }, [router])
  return <p>One moment</p>
}
