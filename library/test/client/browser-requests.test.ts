import { describeInBrowser, eventsOf, fetchAtOnce, gate, MODES, pause, stateOf } from './browser.ts'
import type { Answer } from './site-parts.ts'
import { Site } from './site.ts'

describeInBrowser('a request of the page', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: another origin gets nothing, and its 401 is only a 401`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const other = await new Site().listen()
      const challenge: [string, string] = ['www-authenticate', 'Bearer error="invalid_token"']
      other.onApplication = async (go) => (
        await go(),
        { status: 401, headers: [challenge, ['access-control-expose-headers', 'www-authenticate']] }
      )
      const [tab] = await openSignedIn(1, { mode })
      site.onApplication = () => ({
        status: 307,
        headers: [['location', `${other.origin}/landed`]],
      })
      const { host, port } = new URL(other.origin)
      const own = new URL(site.origin).host
      const urls = [`${other.origin}/a`, `//${host}/b`, `http://LOCALHOST:${port}/c`, '/redirected']
      // User information, a longer name, a name below, another scheme.
      urls.push(
        `http://${own}@${host}/d`,
        `http://localhost.${own}/e`,
        `http://api.${own}/f`,
        `https://${own}/g`,
      )
      for (const url of urls)
        await tab.evaluate(
          (url) =>
            client
              .fetch(url)
              .catch(() => {})
              .then(() => null),
          url,
        )
      expect(other.seen.map(({ path }) => path)).toEqual(
        expect.arrayContaining(['/a', '/b', '/c', '/landed']),
      )
      for (const { path, headers } of other.seen)
        expect([headers.authorization, headers.cookie], path).toEqual([undefined, undefined])
      const below = site.seen.filter(({ path }) => path === '/f')
      for (const { headers } of below)
        expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined])
      expect(site.refreshes + other.refreshes).toBe(0)
      other.close()
    })

    test(`${mode} mode: one in flight when another session begins is not repeated under it`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [first, second] = await openSignedIn(2, { mode })
      const slow = gate()
      site.onApplication = async (go) => (await slow.opened, go())
      const asked = first.evaluate(() => {
        const both = ['/orders', '/always-401'].map((path) =>
          client.fetch(path, { method: 'POST', body: 'of ann' }),
        )
        return Promise.all(both.map((one) => one.then(String, (error: Error) => error.name)))
      })
      await pause(200)
      await second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
      await expect
        .poll(async () => (await stateOf(first)).sessionId)
        .toBe((await stateOf(second)).sessionId)
      slow.open()
      expect(await asked).toEqual(['Replaced', 'Replaced'])
      expect(site.seen.map(({ body }) => body)).toEqual(['of ann', 'of ann'])
      expect(site.seen.map(({ identity }) => identity)).not.toContain('bob')
      expect(await fetchAtOnce([first], 1)).toEqual([200])
      expect(site.seen.at(-1)?.identity).toBe('bob')
    })
  }

  for (const mode of MODES) {
    test(`${mode} mode: a second step that goes on with the same session ends nothing`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const first: Array<Promise<Answer>> = []
      site.onSignIn = (go) => (first[0] ??= go())
      const [tab] = await openSignedIn(1, { mode })
      await tab.evaluate(() => client.signIn({ code: '123456' }))
      await tab.evaluate(() => void dispatchEvent(new Event('focus')))
      expect(await fetchAtOnce([tab], 2)).toEqual([200, 200])
      await expect
        .poll(() => tab.evaluate(async () => (await navigator.locks.query()).held?.length))
        .toBe(0)
      expect([site.signOuts, (await stateOf(tab)).status]).toEqual([0, 'signed-in'])
    })
  }

  test('another listed origin gets the token', async ({ expect, openSignedIn }) => {
    const other = await new Site().listen()
    other.onApplication = async (go) => (await go(), { status: 200 })
    const [tab] = await openSignedIn(1, { mode: 'header', origins: [other.origin] })
    await fetchAtOnce([tab], 1, `${other.origin}/files`)
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/),
    ])
    other.close()
  })

  test('only a 401 that new tokens can cure makes a refresh, and one repetition', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    const asked = async (path: string): Promise<unknown> => {
      const [seen, refreshes] = [site.seen.length, site.refreshes]
      return [
        ...(await fetchAtOnce([tab], 1, path)),
        site.seen.length - seen,
        site.refreshes - refreshes,
      ]
    }
    // Status, requests, refreshes.
    expect(await asked('/step-up')).toEqual([401, 1, 0])
    expect(await asked('/other-scheme')).toEqual([401, 1, 0])
    expect(await asked('/always-401')).toEqual([401, 2, 1])
    expect(await asked('/silent-401')).toEqual([401, 2, 1])
    site.expireAll()
    expect(await asked('/orders')).toEqual([200, 2, 1])
  })

  test('a request that is repeated has the same body; a stream is not repeated', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1, { mode: 'header' })
    const statuses = await tab.evaluate(async () => {
      const form = new FormData()
      form.set('file', new File(['x'.repeat(200_000)], 'x.txt'))
      const bodies = [
        'text',
        new Blob(['blob']),
        new TextEncoder().encode('bytes'),
        new URLSearchParams({ a: 'ü' }),
        form,
      ]
      const asked: Array<[RequestInfo, RequestInit?]> = bodies.map((body) => [
        '/b',
        { method: 'POST', body },
      ])
      asked.push([
        new Request('/b', { method: 'POST', body: 'request', headers: { 'x-own': 'kept' } }),
      ])
      asked.push([new Request('/b', { method: 'POST', body: form })])
      asked.push([
        new Request('/b', { method: 'POST', body: 'replaced' }),
        { body: 'by this', headers: { 'x-own': 'kept' } },
      ])
      const results: number[] = []
      for (const [input, init] of asked) {
        await fetch('/expire')
        results.push((await client.fetch(input, init)).status)
      }
      return results
    })
    expect(statuses).toEqual(Array.from({ length: 8 }, () => 200))
    const sent = (wanted: number): unknown[] =>
      site.seen
        .filter(({ status }) => status === wanted)
        .map(({ body, headers }) => [
          body.replaceAll(/-+WebKitFormBoundary\w+/g, ''),
          headers['x-own'],
        ])
    expect(sent(200)).toEqual(sent(401))
    const lengths = site.seen
      .filter(({ status }) => status === 200)
      .map(({ body }) => body.replaceAll(/-+WebKitFormBoundary\w+/g, '').length)
    expect(lengths).toEqual([4, 4, 5, 8, 200_113, 7, 200_113, 7])

    site.expireAll()
    const seen = site.seen.length
    const streamed = await tab.evaluate(() => {
      const init = {
        method: 'POST',
        body: new Blob(['stream']).stream(),
        duplex: 'half',
      } as RequestInit
      return client.fetch('/b', init).then(
        ({ status }) => status,
        (error: Error) => error.name,
      )
    })
    // Over HTTP/1.1 the browser refuses to stream at all; either way it went out once.
    expect([401, 'TypeError']).toContain(streamed)
    expect(site.seen.length - seen).toBeLessThan(2)
  })

  test('one that is given up leaves alone, and the refresh goes on for the others', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    site.expireAll()
    const slow = gate()
    site.onRefresh = async (go) => (await slow.opened, go())
    const results = tab.evaluate(async () => {
      const controller = new AbortController()
      const asked = [null, controller.signal, AbortSignal.abort()].map((signal) =>
        client.fetch('/orders', { signal }),
      )
      const [patient, given, dead] = asked.map((one) =>
        one.then(
          ({ status }) => status,
          (error: Error) => error.name,
        ),
      )
      setTimeout(() => controller.abort(), 100)
      const left = await Promise.all([given, dead])
      await fetch('/open-gate')
      return [...left, await patient]
    })
    await expect.poll(() => site.seen.some(({ path }) => path === '/open-gate')).toBe(true)
    slow.open()
    expect(await results).toEqual(['AbortError', 'AbortError', 200])
    expect(site.refreshes).toBe(1)
  })

  test('ten callers, one gives up, and then all: each is let go at once, and the refresh goes on', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    site.expireAll()
    const slow = gate()
    site.onRefresh = async (go) => (await slow.opened, go())
    await tab.evaluate(() => {
      const controllers = Array.from({ length: 10 }, () => new AbortController())
      const asked = controllers.map(({ signal }) =>
        client.fetch('/orders', { signal }).then(
          ({ status }) => status,
          (error: unknown) => error,
        ),
      )
      Object.assign(globalThis, { controllers, asked })
    })
    await expect.poll(() => site.refreshes).toBe(1)
    const results = await tab.evaluate(async () => {
      const { controllers, asked } = globalThis as unknown as {
        controllers: AbortController[]
        asked: Array<Promise<unknown>>
      }
      controllers[0]!.abort('first')
      const first = await asked[0]
      for (const controller of controllers) controller.abort('all')
      return [first, ...(await Promise.all(asked))]
    })
    expect(results).toEqual(['first', 'first', ...Array.from({ length: 9 }, () => 'all')])
    slow.open()
    await expect.poll(() => eventsOf(tab)).toContain('renewed')
    expect(await fetchAtOnce([tab], 1)).toEqual([200])
    expect(site.refreshes).toBe(1)
  })

  test('fifty megabytes are sent again byte for byte, from the page’s own blob', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    site.expireAll()
    const status = await tab.evaluate(async () => {
      const block = crypto.getRandomValues(new Uint8Array(65_536))
      const body = new Blob(Array.from({ length: 800 }, () => block))
      return (await client.fetch('/b', { method: 'POST', body })).status
    })
    expect(status).toBe(200)
    const [refused, accepted] = site.seen
    expect([refused?.status, accepted?.status, site.seen.length, site.refreshes]).toEqual([
      401, 200, 2, 1,
    ])
    expect(accepted?.body).toBe(refused?.body)
    expect(accepted?.body).toMatch(/^[0-9a-f]{64} 52428800$/)
  })

  test('on another own origin only what may change something costs a preflight', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const other = await new Site().listen()
    other.trusts = [site.origin]
    const [tab] = await openSignedIn(1, { origin: other.origin })
    other.preflights = []
    expect(await fetchAtOnce([tab], 3, `${other.origin}/orders`)).toEqual([200, 200, 200])
    expect(other.preflights).toEqual([])
    const status = await tab.evaluate(
      (url) => client.fetch(url, { method: 'POST', body: 'x' }).then(({ status }) => status),
      `${other.origin}/b`,
    )
    expect([status, other.preflights]).toEqual([200, ['/b']])
    const { sessionId } = await stateOf(tab)
    expect(other.seen.map(({ method, headers }) => [method, headers['latchkey-session']])).toEqual([
      ...Array.from({ length: 3 }, () => ['GET', undefined]),
      ['POST', sessionId],
    ])
    other.close()
  })

  test('a sign-in that is refused is a value; forms work; no answer is Unreachable', async ({
    expect,
    open,
  }) => {
    const tab = await open()
    const results = await tab.evaluate(async () => {
      const form = new FormData()
      form.set('name', 'ann')
      const refused = await client.signIn({ name: 'ann', password: 'wrong' })
      const lost = await client.signIn({}, { path: '/lost' }).catch((error: Error) => error.name)
      const given = await client
        .signIn({}, { signal: AbortSignal.abort() })
        .catch((error: Error) => error.name)
      return [
        refused,
        lost,
        given,
        client.state.status,
        await client.signIn(form),
        client.state.status,
        [...form.keys()],
      ]
    })
    const refusal = {
      ok: false,
      status: 401,
      code: 'credentials_invalid',
      message: 'The username or the password is not right.',
    }
    expect(results).toEqual([
      refusal,
      'Unreachable',
      'AbortError',
      'signed-out',
      { ok: true },
      'signed-in',
      ['name'],
    ])
  })

  test('cookie mode: no script can read a token, anywhere', async ({
    expect,
    site,
    context,
    openSignedIn,
  }) => {
    const [tab, other] = await openSignedIn(2)
    await other.evaluate(() => {
      const heard: unknown[] = []
      new BroadcastChannel('latchkey').addEventListener('message', ({ data }) => heard.push(data))
      Object.assign(globalThis, { heard })
    })
    site.expireAll()
    await fetchAtOnce([tab], 1)
    await expect
      .poll(() => other.evaluate(() => (globalThis as { heard?: unknown[] }).heard))
      .toEqual([{ type: 'record' }])
    const readable = await tab.evaluate(async () => {
      const record = await new Promise((resolve) => {
        const opening = indexedDB.open('latchkey')
        opening.addEventListener('success', () => {
          const reading = opening.result.transaction('record').objectStore('record').getAll()
          reading.addEventListener('success', () => resolve(reading.result))
        })
      })
      return JSON.stringify([document.cookie, localStorage, sessionStorage, record, client.state])
    })
    expect(readable).toContain('"generation":1')
    const secrets = (await context.cookies())
      .filter(({ httpOnly }) => httpOnly)
      .map(({ value }) => value)
    expect(secrets).toHaveLength(2)
    for (const secret of secrets) expect(readable).not.toContain(secret)
  })

  test('a client that was disposed of hears nothing, and sets no timer', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    site.lifetime = 1
    const [tab, other] = await openSignedIn(2)
    await tab.evaluate(() => client.dispose())
    await other.evaluate(() => client.signOut())
    await pause(1300)
    expect((await stateOf(tab)).status).toBe('signed-in')
    expect(site.refreshes).toBe(0)
  })
})
