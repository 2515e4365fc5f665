import { expect, test } from 'vitest'
import { requireNode } from '../../src/core/node-version.ts'

const node = (version: string, others = {}): Parameters<typeof requireNode>[0] => ({
  release: { name: 'node' },
  versions: { node: version, ...others },
})

test.for(['16.20.2', '18.20.8', '20.20.2', '22.12.0'])('Node %s is too old', (version) => {
  expect(() => requireNode(node(version))).toThrow(
    new Error(`latchkey needs Node 22.13 or later. This is Node ${version}.`),
  )
})

test.for(['22.13.0', '22.20.1', '24.0.0', '26.1.0'])('Node %s is supported', (version) => {
  expect(() => requireNode(node(version))).not.toThrow()
})

test('other runtimes may imitate an older Node, or have no process', () => {
  requireNode(node('20.1.0', { bun: '1.2.0' }))
  requireNode(node('20.11.1', { deno: '2.0.0' }))
  requireNode({ versions: { node: '20.0.0' } })
  requireNode({})
})
