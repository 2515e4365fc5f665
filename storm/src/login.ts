import type { Theft } from './theft.ts'

/** One sign-in, with the tree of its refresh tokens: each was issued in exchange for its parent. */
export class Login {
  readonly identity: string
  /** When a refresh of the owner last reached a server. */
  lastRefreshAt: number
  /** The owner has requested a sign-out. */
  signOutRequested = false
  /** When a server responded to a sign-out. */
  signedOutAt: number | null = null
  /** A refresh of the owner was refused for good. */
  refused = false
  theft: Theft | null = null
  forked = false
  /** Each issued token, with the token that was exchanged for it; null for the first one. */
  readonly #parents = new Map<string, string | null>()
  /** Tokens that were exchanged for another. */
  readonly #replaced = new Set<string>()
  readonly #accepted = new Set<string>()
  /** Two different tokens were issued in exchange for the same token. */
  #hasBranches = false

  constructor(identity: string, firstToken: string, now: number) {
    this.identity = identity
    this.lastRefreshAt = now
    this.#parents.set(firstToken, null)
  }

  /**
   * Records a refresh that succeeded. Returns whether it issued a new token.
   *
   * The session has forked if two tokens were accepted and neither is an ancestor of the other: two
   * branches are live.
   */
  recordRefresh(presented: string, issued: string): boolean {
    if (this.#parents.has(issued) && !this.#withAncestors(issued).includes(presented)) {
      // The server answered with the token of another branch: this branch ends there.
      this.#replaced.add(presented)
      return false
    }
    if (!this.#accepted.has(presented)) {
      this.#accepted.add(presented)
      this.forked ||= this.#hasBranches && this.#isOnSecondBranch(presented)
    }
    if (this.#parents.has(issued)) return false
    this.#parents.set(issued, presented)
    this.#hasBranches ||= this.#replaced.has(presented)
    this.#replaced.add(presented)
    return true
  }

  /** The newest token of each branch, if there are several. */
  branchTokens(): string[] {
    if (!this.#hasBranches) return []
    return [...this.#parents.keys()].filter((token) => !this.#replaced.has(token))
  }

  /** Frees the memory of a login that is no longer used. */
  clear(): void {
    this.#parents.clear()
    this.#replaced.clear()
    this.#accepted.clear()
  }

  #isOnSecondBranch(token: string): boolean {
    const ancestors = new Set(this.#withAncestors(token))
    for (const other of this.#accepted)
      if (!ancestors.has(other) && !this.#withAncestors(other).includes(token)) return true
    return false
  }

  #withAncestors(token: string): string[] {
    const tokens = [token]
    for (let parent = this.#parents.get(token); parent; parent = this.#parents.get(parent))
      tokens.push(parent)
    return tokens
  }
}
