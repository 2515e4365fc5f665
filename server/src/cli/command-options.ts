/** The options of commands, as `parseArgs` of Node takes them. */
export const COMMAND_OPTIONS = {
  account: { type: 'string' },
  session: { type: 'string' },
  type: { type: 'string' },
  limit: { type: 'string' },
  cache: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const

export type OptionName = keyof typeof COMMAND_OPTIONS
