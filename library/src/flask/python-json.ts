import { utf8Fault } from './python-utf8.ts'

/** JSON as Python's `json.loads` reads it: `NaN` and `Infinity` are numbers, the last of two equal names wins, and what is wrong is said in its words. */

/** What Python says of a text that is no JSON. */
export class JsonFault {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** Python gives up at about a thousand levels. */
const DEEPEST = 900

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function loads(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return new JsonFault(utf8Fault(bytes))
  }
  try {
    return new Reader(text.startsWith('\ufeff') ? text.slice(1) : text).document()
  } catch (fault) {
    if (fault instanceof JsonFault) return fault
    throw fault
  }
}

const WORDS: ReadonlyArray<readonly [word: string, value: unknown]> = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
/** To the next quote, backslash or control character. */
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPED: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  document(): unknown {
    this.space()
    const value = this.value(0)
    this.space()
    if (this.at < this.text.length) this.fail('Extra data', this.at)
    return value
  }

  value(depth: number): unknown {
    const first = this.text[this.at]
    if (depth > DEEPEST) throw new JsonFault('maximum recursion depth exceeded')
    if (first === '"') return this.string()
    if (first === '{') return this.object(depth)
    if (first === '[') return this.array(depth)
    const word = WORDS.find(([each]) => this.text.startsWith(each, this.at))
    const found = word?.[0] ?? this.take(NUMBER)
    if (found === '') this.fail('Expecting value', this.at)
    if (word === undefined) return Number(found)
    this.at += found.length
    return word[1]
  }

  object(depth: number): unknown {
    const entries = new Map<string, unknown>()
    this.at++
    this.space()
    if (this.skip('}')) return {}
    for (;;) {
      if (this.text[this.at] !== '"')
        this.fail('Expecting property name enclosed in double quotes', this.at)
      const name = this.string()
      this.space()
      if (!this.skip(':')) this.fail("Expecting ':' delimiter", this.at)
      this.space()
      entries.set(name, this.value(depth + 1))
      this.space()
      if (this.skip('}')) return Object.fromEntries(entries)
      if (!this.skip(',')) this.fail("Expecting ',' delimiter", this.at)
      this.space()
    }
  }

  array(depth: number): unknown {
    const values: unknown[] = []
    this.at++
    this.space()
    if (this.skip(']')) return values
    for (;;) {
      values.push(this.value(depth + 1))
      this.space()
      if (this.skip(']')) return values
      if (!this.skip(',')) this.fail("Expecting ',' delimiter", this.at)
      this.space()
    }
  }

  string(): string {
    const begin = this.at++
    let text = ''
    for (;;) {
      text += this.take(PLAIN)
      const stop = this.text[this.at++]
      if (stop === '"') return text
      if (stop === undefined) this.fail('Unterminated string starting at', begin)
      if (stop !== '\\') this.fail('Invalid control character at', this.at - 1)
      text += this.escape(begin)
    }
  }

  /** What stands behind a backslash. */
  escape(begin: number): string {
    const letter = this.text[this.at++]
    if (letter === undefined) this.fail('Unterminated string starting at', begin)
    const plain = ESCAPED[letter]
    if (plain !== undefined) return plain
    if (letter !== 'u') this.fail('Invalid \\escape', this.at - 2)
    if (this.at + 4 >= this.text.length) this.fail('Invalid \\uXXXX escape', this.at - 1)
    const hex = this.text.slice(this.at, this.at + 4)
    if (!/^[\da-f]{4}$/i.test(hex)) this.fail('Invalid \\uXXXX escape', this.at - 1)
    this.at += 4
    return String.fromCharCode(Number.parseInt(hex, 16))
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0] ?? ''
    this.at += found.length
    return found
  }

  space(): void {
    this.take(SPACE)
  }

  skip(character: string): boolean {
    const here = this.text[this.at] === character
    if (here) this.at++
    return here
  }

  fail(message: string, at: number): never {
    // Python counts characters, not halves of them.
    const before = Array.from(this.text.slice(0, at))
    const line = before.filter((character) => character === '\n').length + 1
    throw new JsonFault(
      `${message}: line ${line} column ${before.length - before.lastIndexOf('\n')} (char ${before.length})`,
    )
  }
}
