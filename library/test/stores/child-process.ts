import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StoreAddress } from './engines.ts'

/** Starts another process that runs a program of this folder on the same store. */
export function startChild(
  program: string,
  address: StoreAddress,
  ...args: string[]
): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, program),
      JSON.stringify(address),
      ...args,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
}

/**
 * The lines that a process prints until it exits. Calls `onLine` for each, with their number so
 * far.
 */
export async function linesOf(
  child: ChildProcess,
  onLine: (line: string, count: number) => void = () => {},
): Promise<string[]> {
  const lines: string[] = []
  const closed = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout! })) onLine(line, lines.push(line))
  await closed
  return lines
}
