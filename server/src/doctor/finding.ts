/** A mistake in an installation. Neither text has a secret. */
export interface Finding {
  problem: string
  /** What the operator does about it. */
  fix: string
}
