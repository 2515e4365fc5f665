import { describeInBrowser, MODES } from './browser.ts'

describeInBrowser('tickets', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: a ticket opens one connection, and the next needs a new one`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      const connect = (address: string): Promise<string> =>
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
      expect(await connect(first)).toBe('ann')
      expect(await connect(first)).toBe('refused')
      site.expireAll()
      const second = await withTicket()
      expect(second).not.toBe(first)
      expect(await connect(second)).toBe('ann')
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
