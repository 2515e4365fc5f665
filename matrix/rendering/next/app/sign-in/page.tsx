'use client'

import type { ReactNode } from 'react'
import { signIn } from '../../../shared/client.ts'

export default function SignIn(): ReactNode {
  return (
    <>
      <h1>Sign in</h1>
      <form onSubmit={signIn}>
        <input name="username" autoComplete="username" />
        <input name="password" type="password" autoComplete="current-password" />
        <button>Sign in</button>
      </form>
    </>
  )
}
