import { describeInBrowser, eventsOf, fetchAtOnce, gate, MODES, sleep, stateOf } from './browser.ts'
import type { SiteResponse } from './site-parts.ts'
import { Site } from './site.ts'

describeInBrowser('requests of a page', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: another origin gets no credentials, and its 401 no renewal`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const other = await new Site().listen()
      const challenge: [string, string] = ['www-authenticate', 'Bearer error="invalid_token"']
      other.onApplication = async (next) => (
        await next(),
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
      // User information, a longer host name, a subdomain, another scheme.
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
      const onSubdomain = site.seen.filter(({ path }) => path === '/f')
      for (const { headers } of onSubdomain)
        expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined])
      expect(site.refreshes + other.refreshes).toBe(0)
      other.close()
    })

    test(`${mode} mode: a pending request is not repeated under another session`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [first, second] = await openSignedIn(2, { mode })
      const slow = gate()
      let pending = 0
      site.onApplication = async (next) => (pending++, await slow.opened, next())
      const results = first.evaluate(() => {
        const requests = ['/orders', '/always-401'].map((path) =>
          client.fetch(path, { method: 'POST', body: 'of ann' }),
        )
        return Promise.all(
          requests.map((request) => request.then(String, (error: Error) => error.name)),
        )
      })
      await expect.poll(() => pending).toBe(2)
      await second.evaluate(() => client.signIn({ name: 'bob', password: 'right' }))
      await expect
        .poll(async () => (await stateOf(first)).sessionId)
        .toBe((await stateOf(second)).sessionId)
      slow.open()
      expect(await results).toEqual(['Replaced', 'Replaced'])
      expect(site.seen.map(({ body }) => body)).toEqual(['of ann', 'of ann'])
      expect(site.seen.map(({ identity }) => identity)).not.toContain('bob')
      expect(await fetchAtOnce([first], 1)).toEqual([200])
      expect(site.seen.at(-1)?.identity).toBe('bob')
    })
  }

  for (const mode of MODES) {
    test(`${mode} mode: a second factor that continues the same session ends nothing`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      let response: Promise<SiteResponse> | undefined
      site.onSignIn = (next) => (response ??= next())
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

  test('an origin in the option `origins` gets the token', async ({ expect, openSignedIn }) => {
    const other = await new Site().listen()
    other.onApplication = async (next) => (await next(), { status: 200 })
    const [tab] = await openSignedIn(1, { mode: 'header', origins: [other.origin] })
    await fetchAtOnce([tab], 1, `${other.origin}/files`)
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/),
    ])
    other.close()
  })

  test('only a 401 that new tokens can satisfy causes a refresh and one repetition', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    const countsFor = async (path: string): Promise<unknown> => {
      const [seen, refreshes] = [site.seen.length, site.refreshes]
      return [
        ...(await fetchAtOnce([tab], 1, path)),
        site.seen.length - seen,
        site.refreshes - refreshes,
      ]
    }
    // Status, requests, refreshes:
    expect(await countsFor('/step-up')).toEqual([401, 1, 0])
    expect(await countsFor('/other-scheme')).toEqual([401, 1, 0])
    expect(await countsFor('/always-401')).toEqual([401, 2, 1])
    expect(await countsFor('/silent-401')).toEqual([401, 1, 0])
    site.expireAll()
    expect(await countsFor('/orders')).toEqual([200, 2, 1])
  })

  test('a repeated request has the same body; a stream is not repeated', async ({
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
      const calls: Array<[RequestInfo, RequestInit?]> = bodies.map((body) => [
        '/b',
        { method: 'POST', body },
      ])
      calls.push([
        new Request('/b', { method: 'POST', body: 'request', headers: { 'x-own': 'kept' } }),
      ])
      calls.push([new Request('/b', { method: 'POST', body: form })])
      calls.push([
        new Request('/b', { method: 'POST', body: 'replaced' }),
        { body: 'by this', headers: { 'x-own': 'kept' } },
      ])
      const results: number[] = []
      for (const [input, init] of calls) {
        await fetch('/expire')
        results.push((await client.fetch(input, init)).status)
      }
      return results
    })
    expect(statuses).toEqual(Array.from({ length: 8 }, () => 200))
    const requestsWith = (wanted: number): unknown[] =>
      site.seen
        .filter(({ status }) => status === wanted)
        .map(({ body, headers }) => [
          body.replaceAll(/-+WebKitFormBoundary\w+/g, ''),
          headers['x-own'],
        ])
    expect(requestsWith(200)).toEqual(requestsWith(401))
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
    // Over HTTP/1.1 the browser refuses to stream; in both cases it was sent at most once.
    expect([401, 'TypeError']).toContain(streamed)
    expect(site.seen.length - seen).toBeLessThan(2)
  })

  test('an aborted request stops waiting, and the refresh goes on for the others', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    site.expireAll()
    const slow = gate()
    site.onRefresh = async (next) => (await slow.opened, next())
    const results = tab.evaluate(async () => {
      const controller = new AbortController()
      const requests = [null, controller.signal, AbortSignal.abort()].map((signal) =>
        client.fetch('/orders', { signal }),
      )
      const [patient, abortedLater, abortedBefore] = requests.map((request) =>
        request.then(
          ({ status }) => status,
          (error: Error) => error.name,
        ),
      )
      setTimeout(() => controller.abort(), 100)
      const aborted = await Promise.all([abortedLater, abortedBefore])
      await fetch('/open-gate')
      return [...aborted, await patient]
    })
    await expect.poll(() => site.seen.some(({ path }) => path === '/open-gate')).toBe(true)
    slow.open()
    expect(await results).toEqual(['AbortError', 'AbortError', 200])
    expect(site.refreshes).toBe(1)
  })

  test('ten callers that abort are released at once, and their refresh goes on', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    site.expireAll()
    const slow = gate()
    site.onRefresh = async (next) => (await slow.opened, next())
    await tab.evaluate(() => {
      const controllers = Array.from({ length: 10 }, () => new AbortController())
      const requests = controllers.map(({ signal }) =>
        client.fetch('/orders', { signal }).then(
          ({ status }) => status,
          (error: unknown) => error,
        ),
      )
      Object.assign(globalThis, { controllers, requests })
    })
    await expect.poll(() => site.refreshes).toBe(1)
    const results = await tab.evaluate(async () => {
      const { controllers, requests } = globalThis as unknown as {
        controllers: AbortController[]
        requests: Array<Promise<unknown>>
      }
      controllers[0]!.abort('first')
      const first = await requests[0]
      for (const controller of controllers) controller.abort('all')
      return [first, ...(await Promise.all(requests))]
    })
    expect(results).toEqual(['first', 'first', ...Array.from({ length: 9 }, () => 'all')])
    slow.open()
    await expect.poll(() => eventsOf(tab)).toContain('renewed')
    expect(await fetchAtOnce([tab], 1)).toEqual([200])
    expect(site.refreshes).toBe(1)
  })

  test('a blob of fifty megabytes is sent again byte for byte', async ({
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

  test('cookie mode: on another own origin only unsafe methods cost a preflight', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const other = await new Site().listen()
    other.trustedOrigins = [site.origin]
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

  test('sign-in: a refusal is a value, forms work, and no response is Unreachable', async ({
    expect,
    open,
  }) => {
    const tab = await open()
    const results = await tab.evaluate(async () => {
      const form = new FormData()
      form.set('name', 'ann')
      const refused = await client.signIn({ name: 'ann', password: 'wrong' })
      const lost = await client.signIn({}, { path: '/lost' }).catch((error: Error) => error.name)
      const aborted = await client
        .signIn({}, { signal: AbortSignal.abort() })
        .catch((error: Error) => error.name)
      return [
        refused,
        lost,
        aborted,
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
      message: 'The username or password is incorrect.',
      body: {
        error: 'credentials_invalid',
        message: 'The username or password is incorrect.',
      },
    }
    expect(results).toEqual([
      refusal,
      'Unreachable',
      'AbortError',
      'signed-out',
      { ok: true, body: expect.objectContaining({ generation: 0 }) },
      'signed-in',
      ['name'],
    ])
  })

  test('cookie mode: no script can read a token from cookies, storage, messages or state', async ({
    expect,
    site,
    context,
    openSignedIn,
  }) => {
    const [tab, other] = await openSignedIn(2)
    await other.evaluate(() => {
      const messages: unknown[] = []
      new BroadcastChannel('latchkey').addEventListener('message', ({ data }) =>
        messages.push(data),
      )
      Object.assign(globalThis, { messages })
    })
    site.expireAll()
    await fetchAtOnce([tab], 1)
    await expect
      .poll(() => other.evaluate(() => (globalThis as { messages?: unknown[] }).messages))
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

  test('dispose: the client handles no message and sets no timer', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    // Renewed after 1.5 s.
    site.lifetime = 2
    const [tab, other] = await openSignedIn(2)
    await tab.evaluate(() => client.dispose())
    await other.evaluate(() => client.signOut())
    const { refreshes } = site
    await sleep(2200)
    expect((await stateOf(tab)).status).toBe('signed-in')
    expect(site.refreshes).toBe(refreshes)
  })
})
