/** WebKit, the engine of Safari, in the small browser that comes with its driver: by WebDriver (W3C), on a screen that nobody sees. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../../../scripts/postgres.mjs'
import { answerOf, givenTo, sourceOf, type Engine, type Tab } from './driver.ts'

export async function launchWebKit({
  driver,
  screen,
}: {
  driver: string
  screen: string
}): Promise<Engine> {
  const display = spawn(screen, ['-displayfd', '1', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [number] = (await once(createInterface({ input: display.stdout }), 'line')) as [string]
  const port = await freePort()
  const server = spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: `:${number}`, WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  })
  const send = sender(`http://127.0.0.1:${port}`)
  while (
    !(await send('GET', '/status').then(
      () => true,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 50))
  return {
    async visit() {
      const { sessionId } = (await send('POST', '/session', { capabilities: {} })) as {
        sessionId: string
      }
      const session = `/session/${sessionId}`
      const inTurn = queue()
      return {
        open: (url) =>
          inTurn(async () => {
            const { handle } = (await send('POST', `${session}/window/new`, { type: 'tab' })) as {
              handle: string
            }
            await send('POST', `${session}/window`, { handle })
            await send('POST', `${session}/url`, { url })
            return tabOf((method, path, body) =>
              inTurn(async () => {
                await send('POST', `${session}/window`, { handle })
                return send(method, `${session}${path}`, body)
              }),
            )
          }),
        end: async () => void (await send('DELETE', session)),
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
      return answerOf(
        (await send('POST', '/execute/async', { script, args: [givenTo(argument)] })) as string,
      ) as never
    },
    close: async () => void (await send('DELETE', '/window')),
  }
}

function sender(origin: string): Send {
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

/** A session has one window at a time: who switches to it must be done with it before the next. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
