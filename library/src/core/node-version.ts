/** The oldest version of Node that the packages support. */
const OLDEST = [22, 13] as const

interface Runtime {
  release?: { name?: string }
  versions?: { node?: string; bun?: string; deno?: string }
}

/**
 * Throws an Error in a Node that is too old. Bun, Deno and Workers also have `process.versions`,
 * with the version that they imitate: they are not checked.
 */
export function requireNode(runtime: Runtime | undefined = globalThis.process): void {
  const { node, bun, deno } = runtime?.versions ?? {}
  if (runtime?.release?.name !== 'node' || bun !== undefined || deno !== undefined) return
  if (isWorker()) return
  const [major = 0, minor = 0] = (node ?? '').split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  throw new Error(`latchkey needs Node ${OLDEST.join('.')} or later. This is Node ${node}.`)
}

const isWorker = (): boolean => globalThis.navigator?.userAgent === 'Cloudflare-Workers'
