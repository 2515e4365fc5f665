import { join } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  serverExternalPackages: ['latchkey'],
  // `tsc -p examples/nextjs` checks the types.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: join(import.meta.dirname, '../..') },
}

export default config
