#!/usr/bin/env node
import { oldNodeMessage } from './node-version.ts'

// The program itself cannot even be loaded in a Node that is too old.
const message = oldNodeMessage(process.versions.node)
if (message === null) await import('./cli/program.ts')
else {
  console.error(`latchkey: ${message}`)
  process.exitCode = 1
}
