import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds. */
const POLL_INTERVAL = 20
/** Milliseconds between two signs of life of the holder. */
const HEARTBEAT = 500
/**
 * Milliseconds after which a lock without a sign of life is taken over. Measured by the process
 * that waits, so clocks may differ. Below the 3 s after which the client gives up on its storage.
 */
const STALE_AFTER = 2000

/**
 * Runs `work` while this process holds the lock file, and removes the file afterwards. The lock of
 * a process that was killed is taken over at once; that of a frozen process, or of one on another
 * host, after two seconds. Rejects without running it if `signal` aborts first, or if the file
 * cannot be created.
 */
export async function withLockFile<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const owner = `${process.pid}@${hostname()} ${crypto.randomUUID()}`
  await acquire(path, owner, signal)
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {})
  }, HEARTBEAT)
  // It does not keep the process alive.
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    // Another process may have taken it over.
    if ((await read(path))?.owner === owner) await rm(path, { force: true })
  }
}

async function acquire(path: string, owner: string, signal?: AbortSignal): Promise<void> {
  let seen: Lock | undefined
  let seenAt = 0
  while (!(await create(path, owner))) {
    signal?.throwIfAborted()
    const lock = await read(path)
    if (lock?.owner !== seen?.owner || lock?.touchedAt !== seen?.touchedAt) {
      seen = lock
      seenAt = performance.now()
    }
    if (lock && (isDead(lock.owner) || performance.now() - seenAt > STALE_AFTER))
      await remove(path, lock.owner)
    else await sleep(POLL_INTERVAL * (0.5 + Math.random()))
  }
}

/** Returns false if the file exists. */
async function create(path: string, owner: string): Promise<boolean> {
  try {
    await writeFile(path, owner, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

interface Lock {
  owner: string
  touchedAt: number
}

/** Undefined if there is no lock any more. */
async function read(path: string): Promise<Lock | undefined> {
  try {
    const { mtimeMs } = await stat(path)
    return { owner: await readFile(path, 'utf8'), touchedAt: mtimeMs }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** True if the owner was a process of this host that runs no more. */
function isDead(owner: string): boolean {
  const [, pid, host] = /^(\d+)@(\S+) /.exec(owner) ?? []
  if (host !== hostname()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

/** Removes the lock of this owner. If another process was faster, its new lock is put back. */
async function remove(path: string, owner: string): Promise<void> {
  const removed = `${path}.${crypto.randomUUID()}`
  try {
    await rename(path, removed)
    if ((await read(removed))?.owner !== owner) await link(removed, path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(removed, { force: true })
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code
