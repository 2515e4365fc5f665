/** Cookies that are sent further than a page can see: an API on another origin, shared hosts. */
import { describeInBrowser, eventsOf, fetchAtOnce, stateOf } from './browser.ts'
import { Site } from './site.ts'

/** A site on another port: its API accepts the pages of `site`. */
async function apiFor(site: Site): Promise<Site> {
  const api = await new Site().listen()
  api.trustedOrigins = [site.origin]
  return api
}

describeInBrowser('cookies that the page cannot see', (test) => {
  test('a second front end finds the session of the API, and can end it', async ({
    expect,
    site,
    open,
  }) => {
    const api = await apiFor(site)
    const first = await open({ origin: api.origin })
    expect((await stateOf(first)).status).toBe('signed-out')
    await first.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
    // Another name is another storage, as that of another origin.
    const second = await open({ origin: api.origin, name: 'second' })
    expect((await stateOf(second)).sessionId).toBe((await stateOf(first)).sessionId)
    expect(await fetchAtOnce([second], 1, `${api.origin}/orders`)).toEqual([200])
    expect(await eventsOf(second)).toEqual(['signed-in'])
    await second.evaluate(() => client.renew())
    await second.evaluate(() => client.signOut())
    expect(await first.evaluate(() => client.renew().catch((error: Error) => error.name))).toBe(
      'SignedOut',
    )
    api.close()
  })

  test('a sign-out by a page that knows of no session ends the one of the cookies', async ({
    expect,
    site,
    open,
  }) => {
    const api = await apiFor(site)
    const first = await open({ origin: api.origin, name: 'first' })
    const second = await open({ origin: api.origin, name: 'second' })
    await first.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
    expect((await stateOf(second)).status).toBe('signed-out')
    await second.evaluate(() => client.signOut())
    const [session] = (await api.auth.sessions('ann')).sessions
    expect(session?.end?.reason).toBe('signed-out')
    api.close()
  })

  test('a session that began without the client is taken over by adopt', async ({
    expect,
    site,
    open,
  }) => {
    const api = await apiFor(site)
    const tab = await open({ origin: api.origin })
    const adopted = await tab.evaluate(() => client.adopt().catch((error: Error) => error.name))
    expect(adopted).toBe('SignedOut')
    await tab.evaluate(
      (url) =>
        fetch(`${url}/login`, {
          method: 'POST',
          credentials: 'include',
          body: new URLSearchParams({ name: 'ann', mode: 'cookie' }),
        }),
      api.origin,
    )
    await tab.evaluate(() => client.adopt())
    expect(await fetchAtOnce([tab], 1, `${api.origin}/orders`)).toEqual([200])
    api.close()
  })

  test('an API that does not respond leaves the state unknown until it does', async ({
    expect,
    site,
    open,
  }) => {
    const api = await apiFor(site)
    const first = await open({ origin: api.origin, name: 'first' })
    await first.evaluate(() => client.signIn({ name: 'ann', password: 'right' }))
    api.onRefresh = () => ({ status: 503, body: '' })
    const second = await open({ origin: api.origin, name: 'second' })
    expect((await stateOf(second)).status).toBe('unknown')
    api.onRefresh = (next) => next()
    await second.evaluate(() => void dispatchEvent(new Event('focus')))
    await expect.poll(async () => (await stateOf(second)).status).toBe('signed-in')
    expect(await eventsOf(second)).not.toContain('signed-out')
    api.close()
  })

  test('the session of another application on this host is not known, and not ended', async ({
    expect,
    context,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    const blog = await new Site().listen()
    const page = await context.newPage()
    await page.goto(`${blog.origin}/`)
    const states = await page.evaluate(async () => {
      while (!globalThis.latchkey) await new Promise((resolve) => setTimeout(resolve, 5))
      const client = latchkey.cookie.createClient()
      await client.ready
      const result = await client.fetch('/orders').then(String, (error: Error) => error.name)
      dispatchEvent(new Event('focus'))
      await client.fetch('/orders')
      return [result, client.state.status, client.state.reason]
    })
    expect(states).toEqual(['SignedOut', 'signed-out', 'token_invalid'])
    expect(blog.signOuts).toBe(0)
    expect(await fetchAtOnce([tab], 1)).toEqual([200])
    blog.close()
  })
})
