/**
 * WebKit, the engine of Safari, in the minimal browser of its driver: WebDriver (W3C) and a virtual
 * screen.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../../../scripts/postgres.mjs'
import { argumentFor, resultOf, sourceOf, type BrowserDriver, type Tab } from './driver.ts'

export async function launchWebKit({
  driver,
  screen,
}: {
  driver: string
  screen: string
}): Promise<BrowserDriver> {
  const display = spawn(screen, ['-displayfd', '1', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [number] = (await once(createInterface({ input: display.stdout }), 'line')) as [string]
  const port = await freePort()
  const server = spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: `:${number}`, WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  })
  const send = createSend(`http://127.0.0.1:${port}`)
  while (
    !(await send('GET', '/status').then(
      () => true,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 50))
  return {
    async newProfile() {
      const { sessionId } = (await send('POST', '/session', { capabilities: {} })) as {
        sessionId: string
      }
      const session = `/session/${sessionId}`
      const inOrder = createQueue()
      return {
        open: (url) =>
          inOrder(async () => {
            const { handle } = (await send('POST', `${session}/window/new`, { type: 'tab' })) as {
              handle: string
            }
            await send('POST', `${session}/window`, { handle })
            await send('POST', `${session}/url`, { url })
            return tabOf((method, path, body) =>
              inOrder(async () => {
                await send('POST', `${session}/window`, { handle })
                return send(method, `${session}${path}`, body)
              }),
            )
          }),
        close: async () => void (await send('DELETE', session)),
      }
    },
    async close() {
      for (const process of [server, display]) {
        process.kill()
        if (process.exitCode === null) await once(process, 'exit')
      }
    },
  }
}

type Send = (method: string, path: string, body?: object) => Promise<unknown>

function tabOf(send: Send): Tab {
  return {
    async run(inPage: (argument: never) => unknown, argument?: unknown) {
      const script = `(${sourceOf(inPage)})(arguments[0]).then(arguments[1])`
      return resultOf(
        (await send('POST', '/execute/async', { script, args: [argumentFor(argument)] })) as string,
      ) as never
    },
    close: async () => void (await send('DELETE', '/window')),
  }
}

function createSend(origin: string): Send {
  return async (method, path, body = {}) => {
    const response = await fetch(origin + path, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    })
    const { value } = (await response.json()) as { value: { message?: string } }
    if (!response.ok) throw new Error(`${path}: ${value.message}`)
    return value
  }
}

/** A session has one current window, so no command may come between a switch and its command. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
