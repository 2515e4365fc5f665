/** What the tests need of a browser that Playwright does not drive here. */

export interface BrowserDriver {
  /** An empty profile. */
  newProfile(): Promise<Profile>
  close(): Promise<void>
}

export interface Profile {
  /** Opens a tab and waits until the page is loaded. */
  open(url: string): Promise<Tab>
  close(): Promise<void>
}

export interface Tab {
  /**
   * Runs a function in the page. Its argument and result are JSON. Rejects with an Error if it
   * does.
   */
  run<Result>(inPage: () => Result): Promise<Awaited<Result>>
  run<Argument, Result>(
    inPage: (argument: Argument) => Result,
    argument: Argument,
  ): Promise<Awaited<Result>>
  close(): Promise<void>
}

/**
 * The source of an async function around `inPage`. It takes and returns JSON, and never rejects:
 * see `argumentFor` and `resultOf`.
 */
export const sourceOf = (inPage: (argument: never) => unknown): string => `async (json) => {
  try {
    return JSON.stringify({ value: await (${String(inPage)})(JSON.parse(json).value) })
  } catch (error) {
    return JSON.stringify({ error: String(error) })
  }
}`

export const argumentFor = (argument: unknown): string => JSON.stringify({ value: argument })

/** The result of such a function. Throws if the function in the page did. */
export function resultOf(json: string): unknown {
  const { value, error } = JSON.parse(json) as { value?: unknown; error?: string }
  if (error !== undefined) throw new Error(error)
  return value
}
