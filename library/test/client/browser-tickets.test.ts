import { describeInBrowser, MODES } from './browser.ts'

describeInBrowser('a stream that carries nothing but its address', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: a ticket opens one connection; the next has its own, also when the tokens have expired`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      const hear = (address: string): Promise<string> =>
        tab.evaluate(
          (address) =>
            new Promise<string>((resolve) => {
              const source = new EventSource(address)
              source.addEventListener(
                'message',
                ({ data }: MessageEvent<string>) => (source.close(), resolve(data)),
              )
              source.addEventListener('error', () => (source.close(), resolve('refused')))
            }),
          address,
        )
      const withTicket = (): Promise<string> =>
        tab.evaluate(() => latchkey.withTicket(client, '/stream?about=orders'))
      const first = await withTicket()
      expect(first).toMatch(/^\/stream\?about=orders&ticket=[\w-]{92}$/)
      expect(await hear(first)).toBe('ann')
      expect(await hear(first)).toBe('refused')
      site.expireAll()
      const second = await withTicket()
      expect(second).not.toBe(first)
      expect(await hear(second)).toBe('ann')
      expect(site.refreshes).toBe(1)
      const secrets = site.seen.flatMap(
        ({ headers }) => (headers.authorization ?? '').slice(7) || [],
      )
      for (const { path } of site.seen)
        for (const secret of secrets) expect(path).not.toContain(secret)
      await tab.evaluate(() => client.signOut())
      expect(
        await tab.evaluate(() =>
          latchkey.withTicket(client, '/stream').catch((error: Error) => error.name),
        ),
      ).toBe('SignedOut')
    })
  }
})
