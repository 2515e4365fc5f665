/** Firefox, by WebDriver BiDi (W3C), which it speaks by itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { answerOf, givenTo, sourceOf, type Engine, type Tab } from './driver.ts'

/** Nothing is asked of anybody but the test site. */
const QUIET = [
  'network.captive-portal-service.enabled',
  'network.connectivity-service.enabled',
  'datareporting.policy.dataSubmissionEnabled',
  'app.normandy.enabled',
]

export async function launchFirefox(path: string): Promise<Engine> {
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-firefox-'))
  writeFileSync(
    join(profile, 'user.js'),
    QUIET.map((name) => `user_pref("${name}", false);\n`).join(''),
  )
  const firefox = spawn(
    path,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const send = await connect(await address(firefox.stderr))
  await send('session.new', { capabilities: {} })
  return {
    async visit() {
      const { userContext } = await send('browser.createUserContext', {})
      return {
        async open(url) {
          const { context } = await send('browsingContext.create', { type: 'tab', userContext })
          await send('browsingContext.navigate', { context, url, wait: 'complete' })
          return tabOf(send, context as string)
        },
        end: async () => void (await send('browser.removeUserContext', { userContext })),
      }
    },
    async close() {
      firefox.kill()
      if (firefox.exitCode === null) await once(firefox, 'exit')
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

type Send = (method: string, params: object) => Promise<Record<string, unknown>>

function tabOf(send: Send, context: string): Tab {
  return {
    async run(inPage: (argument: never) => unknown, argument?: unknown) {
      const call = {
        functionDeclaration: sourceOf(inPage),
        arguments: [{ type: 'string', value: givenTo(argument) }],
        target: { context },
        awaitPromise: true,
      }
      const { result } = (await send('script.callFunction', call)) as { result?: { value: string } }
      if (result === undefined) throw new Error('the page went away')
      return answerOf(result.value) as never
    },
    close: async () => void (await send('browsingContext.close', { context })),
  }
}

/** Where it says that it listens. */
async function address(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const found = /^WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1]
    // What it says later is of no use, and must not fill the pipe.
    if (found !== undefined) return (output.resume(), found)
  }
  throw new Error('Firefox ended before it listened')
}

async function connect(url: string): Promise<Send> {
  const socket = new WebSocket(`${url}/session`)
  await once(socket, 'open')
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, type, result, error, message } = JSON.parse(data as string) as {
      id: number
      type: string
      result: Record<string, unknown>
      error: string
      message: string
    }
    if (type === 'success') waiting.get(id)?.resolve(result)
    else waiting.get(id)?.reject(new Error(`${error}: ${message}`))
    waiting.delete(id)
  })
  return (method, params) => {
    const answer = Promise.withResolvers<Record<string, unknown>>()
    waiting.set(++last, answer)
    socket.send(JSON.stringify({ id: last, method, params }))
    return answer.promise
  }
}
