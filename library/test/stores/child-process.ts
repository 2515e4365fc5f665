import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Place } from './engines.ts'

/** Another process that runs a program of this folder on the same store. */
export function startChild(program: string, place: Place, ...args: string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, program),
      JSON.stringify(place),
      ...args,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
}

/** Everything that a process prints until it ends, told line by line. */
export async function linesOf(
  child: ChildProcess,
  told: (line: string, count: number) => void = () => {},
): Promise<string[]> {
  const lines: string[] = []
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout! })) told(line, lines.push(line))
  await ended
  return lines
}
