import { CONFIG_ENV, SETTINGS } from './config.ts'

/** The text of `latchkey --help`, made from the table of settings. */
export function helpText(): string {
  const settings = Object.entries(SETTINGS).map(([name, { env, kind, fallback, help }]) => {
    const otherwise = fallback === null ? '' : ` Default: ${String(fallback)}.`
    return `  ${env}\n      ${help}\n      In the file: ${name}. Allowed: ${kind.allowed}.${otherwise}`
  })
  return `Latchkey: a sign-in server.

Usage: latchkey [--config <file>] [--help] [--version]

Settings come from the environment, then from the file, then from the defaults.
The file is JSON: one object, such as { "port": 8080 }.

  ${CONFIG_ENV}
      Path of the file, as --config names it.
${settings.join('\n')}
`
}
