import { utf8Error } from './python-utf8.ts'

/**
 * JSON as Python's `json.loads` reads it: `NaN` and `Infinity` are numbers, and of two equal names
 * the last one counts. Errors have Python's messages, which Flask-JWT-Extended sends to clients.
 */

/** The message of Python's `JSONDecodeError`. */
export class JsonDecodeError {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** Nesting levels. Python's limit is about 1000. */
const MAX_DEPTH = 900

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `json.loads(bytes)`. Returns a `JsonDecodeError` instead of throwing. */
export function loads(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return new JsonDecodeError(utf8Error(bytes))
  }
  try {
    return new Reader(text.startsWith('\ufeff') ? text.slice(1) : text).document()
  } catch (error) {
    if (error instanceof JsonDecodeError) return error
    throw error
  }
}

const CONSTANTS: ReadonlyArray<readonly [word: string, value: unknown]> = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
/** Text up to the next quote, backslash or control character. */
// oxlint-disable-next-line no-control-regex -- JSON forbids them in strings
const UNESCAPED = /[^"\\\u0000-\u001f]*/y
const ESCAPES: Record<string, string> = {
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
  position = 0

  constructor(text: string) {
    this.text = text
  }

  document(): unknown {
    this.skipSpace()
    const value = this.value(0)
    this.skipSpace()
    if (this.position < this.text.length) this.fail('Extra data', this.position)
    return value
  }

  value(depth: number): unknown {
    const first = this.text[this.position]
    if (depth > MAX_DEPTH) throw new JsonDecodeError('maximum recursion depth exceeded')
    if (first === '"') return this.string()
    if (first === '{') return this.object(depth)
    if (first === '[') return this.array(depth)
    const constant = CONSTANTS.find(([word]) => this.text.startsWith(word, this.position))
    if (constant !== undefined) {
      this.position += constant[0].length
      return constant[1]
    }
    const number = this.match(NUMBER)
    if (number === '') this.fail('Expecting value', this.position)
    return Number(number)
  }

  object(depth: number): unknown {
    const entries = new Map<string, unknown>()
    this.position++
    this.skipSpace()
    if (this.accept('}')) return {}
    for (;;) {
      if (this.text[this.position] !== '"')
        this.fail('Expecting property name enclosed in double quotes', this.position)
      const name = this.string()
      this.skipSpace()
      if (!this.accept(':')) this.fail("Expecting ':' delimiter", this.position)
      this.skipSpace()
      entries.set(name, this.value(depth + 1))
      this.skipSpace()
      if (this.accept('}')) return Object.fromEntries(entries)
      if (!this.accept(',')) this.fail("Expecting ',' delimiter", this.position)
      this.skipSpace()
    }
  }

  array(depth: number): unknown {
    const values: unknown[] = []
    this.position++
    this.skipSpace()
    if (this.accept(']')) return values
    for (;;) {
      values.push(this.value(depth + 1))
      this.skipSpace()
      if (this.accept(']')) return values
      if (!this.accept(',')) this.fail("Expecting ',' delimiter", this.position)
      this.skipSpace()
    }
  }

  string(): string {
    const start = this.position++
    let text = ''
    for (;;) {
      text += this.match(UNESCAPED)
      const end = this.text[this.position++]
      if (end === '"') return text
      if (end === undefined) this.fail('Unterminated string starting at', start)
      if (end !== '\\') this.fail('Invalid control character at', this.position - 1)
      text += this.escape(start)
    }
  }

  /** Reads the escape after a backslash. `start` is where the string began. */
  escape(start: number): string {
    const letter = this.text[this.position++]
    if (letter === undefined) this.fail('Unterminated string starting at', start)
    const character = ESCAPES[letter]
    if (character !== undefined) return character
    if (letter !== 'u') this.fail('Invalid \\escape', this.position - 2)
    if (this.position + 4 >= this.text.length)
      this.fail('Invalid \\uXXXX escape', this.position - 1)
    const hex = this.text.slice(this.position, this.position + 4)
    if (!/^[\da-f]{4}$/i.test(hex)) this.fail('Invalid \\uXXXX escape', this.position - 1)
    this.position += 4
    return String.fromCharCode(Number.parseInt(hex, 16))
  }

  match(pattern: RegExp): string {
    pattern.lastIndex = this.position
    const found = pattern.exec(this.text)?.[0] ?? ''
    this.position += found.length
    return found
  }

  skipSpace(): void {
    this.match(SPACE)
  }

  accept(character: string): boolean {
    if (this.text[this.position] !== character) return false
    this.position++
    return true
  }

  fail(message: string, index: number): never {
    // Python counts code points; JavaScript strings are indexed by UTF-16 code units.
    const before = Array.from(this.text.slice(0, index))
    const line = before.filter((character) => character === '\n').length + 1
    const column = before.length - before.lastIndexOf('\n')
    throw new JsonDecodeError(`${message}: line ${line} column ${column} (char ${before.length})`)
  }
}
