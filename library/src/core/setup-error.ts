const NAME = 'LatchkeySetupError'

/**
 * What the application has set up wrongly, such as tables that are missing: to repeat the request
 * does not help. The message says what to do. A store throws it where an operation can never
 * succeed; the framework's error handler then gets it (500), while any other error of a store is an
 * outage (503).
 */
export class SetupError extends TypeError {
  override readonly name = NAME
}

/** Not by the class: an application may load the package twice, as ES modules and as CommonJS. */
export const isSetupError = (cause: unknown): boolean =>
  cause instanceof Error && cause.name === NAME
