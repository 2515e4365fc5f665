/** What a suite asks of a browser engine that has no driver of its own here. */

export interface Engine {
  /** A profile of its own, with nothing in it. */
  visit(): Promise<Visit>
  close(): Promise<void>
}

export interface Visit {
  /** A new tab at an address, loaded. */
  open(url: string): Promise<Tab>
  end(): Promise<void>
}

export interface Tab {
  /** Runs in the page. The argument and what comes back are JSON; what it rejects with is an `Error` here. */
  run<Answer>(inPage: () => Answer): Promise<Awaited<Answer>>
  run<Argument, Answer>(
    inPage: (argument: Argument) => Answer,
    argument: Argument,
  ): Promise<Awaited<Answer>>
  close(): Promise<void>
}

/** The source of a function of one string that never rejects, around one that runs in the page. */
export const sourceOf = (inPage: (argument: never) => unknown): string => `async (given) => {
  try { return JSON.stringify({ value: await (${String(inPage)})(JSON.parse(given).value) }) } catch (error) { return JSON.stringify({ error: String(error) }) }
}`

export const givenTo = (argument: unknown): string => JSON.stringify({ value: argument })

/** What such a function answered. */
export function answerOf(text: string): unknown {
  const { value, error } = JSON.parse(text) as { value?: unknown; error?: string }
  if (error !== undefined) throw new Error(error)
  return value
}
