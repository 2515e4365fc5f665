import { expect, test } from 'vitest'
import { HARMLESS, rendered, type UntrustedInput } from './views.ts'

const MARKUP = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
const BREAKERS = [
  MARKUP,
  `' autofocus onfocus='alert(1)`,
  '</title></textarea></template><script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
]

const hostile = (words: string): UntrustedInput => ({
  username: words,
  device: { userAgent: words, address: words },
  path: `/account?${words}`,
  next: `/account?${words}`,
  id: words,
  reason: words,
  code: words,
  message: words,
  // What the claim would render as, if it were taken for markup that is escaped already.
  claims: {
    [words]: words,
    deep: { isEscaped: true, toString: words, callbacks: [words] },
    list: [words],
  },
})

/** The tags of a page with the names of their attributes: what an attacker must not be able to add to. */
const skeleton = (html: string): string[] =>
  html.replaceAll(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? []

test.each(BREAKERS)('nothing that came from outside becomes markup: %s', async (words) => {
  const honest = await rendered({
    ...HARMLESS,
    reason: 'own-reason',
    code: 'something_new',
    claims: { one: 1, deep: 1, list: 1 },
  })
  const attacked = await rendered(hostile(words))
  for (const [index, { name, lang, html }] of attacked.entries()) {
    expect(html, `${name} (${lang})`).not.toContain(words)
    expect(skeleton(html), `${name} (${lang})`).toEqual(skeleton(honest[index]?.html ?? ''))
  }
})

test('what came from outside is shown as it was written', async () => {
  const html = (await rendered(hostile(MARKUP))).find(
    ({ name, lang }) => name === 'account' && lang === 'en',
  )!.html
  expect(html).toContain(
    '<strong class="name" dir="auto">&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;</strong>',
  )
})
