import { expect, test, vi } from 'vitest'
import { FORGET_AFTER } from '../../src/data/data.ts'
import { describeOnEachEngine, NOW } from './engines.ts'

// PostgreSQL is started, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

await describeOnEachEngine('processes', (openEmpty) => {
  test('a process is listed with its latest report, for a day', async () => {
    const { processes } = await openEmpty()
    const first = { id: 'a', startedAt: NOW, seenAt: NOW, hasStopped: false, keyIds: ['k1', 'k2'] }
    const second = { ...first, id: 'b', startedAt: NOW + 1, seenAt: NOW + 1, keyIds: [] }
    await processes.report(second)
    await processes.report(first)
    expect(await processes.list()).toEqual([first, second])
    const stopped = { ...first, seenAt: NOW + 30_000, hasStopped: true }
    await processes.report(stopped)
    expect(await processes.list()).toEqual([stopped, second])
    const later = { ...second, seenAt: NOW + 30_001 + FORGET_AFTER }
    await processes.report(later)
    expect(await processes.list()).toEqual([later])
  })
})
