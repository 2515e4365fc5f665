/** Firefox, driven by WebDriver BiDi (W3C), which is built in. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { argumentFor, resultOf, sourceOf, type BrowserDriver, type Tab } from './driver.ts'

/** Preferences to turn off, so that Firefox sends requests to the test site only. */
const DISABLED_PREFERENCES = [
  'network.captive-portal-service.enabled',
  'network.connectivity-service.enabled',
  'datareporting.policy.dataSubmissionEnabled',
  'app.normandy.enabled',
]

export async function launchFirefox(path: string): Promise<BrowserDriver> {
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-firefox-'))
  writeFileSync(
    join(profile, 'user.js'),
    DISABLED_PREFERENCES.map((name) => `user_pref("${name}", false);\n`).join(''),
  )
  const firefox = spawn(
    path,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const send = await connect(await addressIn(firefox.stderr))
  await send('session.new', { capabilities: {} })
  return {
    async newProfile() {
      const { userContext } = await send('browser.createUserContext', {})
      return {
        async open(url) {
          const { context } = await send('browsingContext.create', { type: 'tab', userContext })
          await send('browsingContext.navigate', { context, url, wait: 'complete' })
          return tabOf(send, context as string)
        },
        close: async () => void (await send('browser.removeUserContext', { userContext })),
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
        arguments: [{ type: 'string', value: argumentFor(argument) }],
        target: { context },
        awaitPromise: true,
      }
      const { result } = (await send('script.callFunction', call)) as { result?: { value: string } }
      if (result === undefined) throw new Error('The page was closed')
      return resultOf(result.value) as never
    },
    close: async () => void (await send('browsingContext.close', { context })),
  }
}

/** The address of its WebSocket, which it prints at start-up. */
async function addressIn(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /^WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1]
    // Later output must not fill the pipe.
    if (url !== undefined) return (output.resume(), url)
  }
  throw new Error('Firefox exited before it printed its address')
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
    const response = Promise.withResolvers<Record<string, unknown>>()
    waiting.set(++last, response)
    socket.send(JSON.stringify({ id: last, method, params }))
    return response.promise
  }
}
