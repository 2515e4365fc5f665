import type { Case } from '../harness/rounds.ts'
import { copiesOf } from './tokens.ts'

/** Concurrent calls of the asynchronous libraries. */
const AT_ONCE = 64

/** Throws if a token is refused, because a refusal costs less than a check. */
export function expectAccepted(checked: unknown): void {
  if ((checked as { ok?: unknown }).ok !== true)
    throw new Error('a valid token was refused, or the result was a promise')
}

/** Verifies each token once. `tokens` is called before each round. */
export function eachOnce(
  name: string,
  count: number,
  tokens: () => readonly string[],
  verify: (token: string) => unknown,
): Case {
  return {
    name,
    count,
    prepare() {
      const copies = copiesOf(tokens())
      return () => copies.forEach((token) => void verify(token))
    },
  }
}

/** Verifies the same tokens again and again, `count` times in total. */
export function repeatedCase(
  name: string,
  count: number,
  tokens: readonly string[],
  verify: (token: string) => unknown,
): Case {
  return {
    name,
    count,
    prepare() {
      const copies = Array.from({ length: Math.ceil(count / tokens.length) }, () =>
        copiesOf(tokens),
      )
        .flat()
        .slice(0, count)
      return () => copies.forEach((token) => void verify(token))
    },
  }
}

/** For asynchronous libraries: 64 calls at once. */
export function concurrentCase(
  name: string,
  tokens: readonly string[],
  verify: (token: string) => Promise<unknown>,
  count = 1024,
): Case {
  return {
    name: `${name}, ${AT_ONCE} at once`,
    count,
    prepare: () => async () => {
      for (let from = 0; from < count; from += AT_ONCE) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, (_, at) => verify(tokens[(from + at) % tokens.length]!)),
        )
      }
    },
  }
}
