/** Real processes that share the session of one file, on a real server whose time can be moved. */
import { fork, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Site } from '../client/site.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
const processes = new Set<Process>()
afterEach(() => {
  for (const each of processes) each.kill()
  rmSync(folder, { recursive: true })
})

/** How often the tokens expire in ten days. */
const STEPS = 100

/** A child process; see `process.ts`. */
class Process {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, (result: unknown) => void>()

  constructor(origin: string, file: string) {
    this.#child = fork(join(import.meta.dirname, 'process.ts'), {
      env: { ...process.env, ORIGIN: origin, FILE: file },
      execArgv: ['--conditions=latchkey-source'],
    })
    this.#child.on('message', ({ id, result }: { id: number; result: unknown }) =>
      this.#calls.get(id)!(result),
    )
    // The calls in progress have no result.
    this.#child.on('exit', () => {
      for (const resolve of this.#calls.values()) resolve('killed')
    })
    processes.add(this)
  }

  ask(call: 'signIn' | 'fetch' | 'state', days: number): Promise<unknown> {
    const id = this.#calls.size
    return new Promise((resolve) => {
      this.#calls.set(id, resolve)
      this.#child.send({ id, days, call })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  kill(): void {
    processes.delete(this)
    this.#child.kill('SIGKILL')
  }
}

test('five processes, ten days, lost responses, killed processes: one sign-in', async () => {
  const site = await new Site().listen()
  const file = join(folder, 'session.json')
  const start = (): Process => new Process(site.origin, file)
  const five = Array.from({ length: 5 }, start)
  expect(await five[0]!.ask('signIn', 0)).toMatchObject({ ok: true })

  let killNext = false
  let kills = 0
  let lost = 0
  site.onRefresh = async (next) => {
    const response = await next()
    if (killNext) {
      killNext = false
      kills++
      // The server has refreshed, and the process that asked does not live to see it.
      const holder = parseInt(readFileSync(`${file}.refresh.lock`, 'utf8'))
      for (const each of processes) if (each.pid === holder) each.kill()
      return 'lost'
    }
    return site.refreshes % 6 === 0 ? (lost++, 'lost') : response
  }
  const results = new Set<unknown>()
  for (let step = 0; step < STEPS; step++) {
    site.expireAll()
    killNext = step % 20 === 10
    const some = five.filter((_, index) => index === step % 5 || Math.random() < 0.6)
    const statuses = await Promise.all(some.map((each) => each.ask('fetch', (step / STEPS) * 10)))
    for (const status of statuses) results.add(status)
    five.forEach((each, index) => {
      if (!processes.has(each)) five[index] = start()
    })
  }
  expect(results).toEqual(new Set([200, 'killed']))
  expect([site.reuses, kills]).toEqual([0, STEPS / 20])
  expect(site.events.filter(({ type }) => type === 'signed-in').length).toBe(1)
  // One renewal for all five; two, if the response was lost.
  expect(site.refreshes).toBeLessThan(STEPS + lost + kills + 10)

  const copy = join(folder, 'stolen.json')
  copyFileSync(file, copy)
  site.onRefresh = (next) => next()
  for (const days of [10.1, 10.2]) {
    site.expireAll()
    expect(await five[1]!.ask('fetch', days)).toBe(200)
  }
  const thief = new Process(site.origin, copy)
  expect(await thief.ask('fetch', 10.2)).toContain('SignedOut')
  expect(site.reuses).toBe(1)
  expect(await five[1]!.ask('fetch', 10.3)).toContain('SignedOut')
  site.close()
})
