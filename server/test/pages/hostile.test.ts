import { expect, test } from 'vitest'
import { HARMLESS, rendered, type UntrustedInput } from './views.ts'

const MARKUP = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
const ATTACKS = [
  MARKUP,
  `' autofocus onfocus='alert(1)`,
  '</title></textarea></template><script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
]

const hostile = (attack: string): UntrustedInput => ({
  username: attack,
  device: { userAgent: attack, address: attack },
  path: `/account?${attack}`,
  next: `/account?${attack}`,
  id: attack,
  reason: attack,
  code: attack,
  message: attack,
  // Looks like a string that the template library has already escaped.
  claims: {
    [attack]: attack,
    deep: { isEscaped: true, toString: attack, callbacks: [attack] },
    list: [attack],
  },
})

/** The tags of a page with the names of their attributes. No attack may add any. */
const skeleton = (html: string): string[] =>
  html.replaceAll(/"[^"]*"/g, '""').match(/<[^>]*>/g) ?? []

test.each(ATTACKS)('pages: untrusted input does not become markup: %s', async (attack) => {
  const expected = await rendered({
    ...HARMLESS,
    reason: 'own-reason',
    code: 'something_new',
    claims: { one: 1, deep: 1, list: 1 },
  })
  const attacked = await rendered(hostile(attack))
  for (const [index, { name, lang, html }] of attacked.entries()) {
    expect(html, `${name} (${lang})`).not.toContain(attack)
    expect(skeleton(html), `${name} (${lang})`).toEqual(skeleton(expected[index]?.html ?? ''))
  }
})

test('pages: untrusted input is shown as text', async () => {
  const html = (await rendered(hostile(MARKUP))).find(
    ({ name, lang }) => name === 'account' && lang === 'en',
  )!.html
  expect(html).toContain(
    '<strong class="name" dir="auto">&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;' +
      '&lt;img src=x onerror=&#39;alert(1)&#39;&gt;</strong>',
  )
})
