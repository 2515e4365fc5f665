import { COMMANDS } from './admin.ts'
import { CONFIG_ENV, SETTINGS } from './config.ts'

/** The text of `latchkey --help`, made from the table of settings. */
export function helpText(): string {
  const settings = Object.entries(SETTINGS).map(([name, { env, kind, fallback, help }]) => {
    const otherwise = fallback === null ? '' : ` Default: ${String(fallback)}.`
    return `  ${env}\n      ${help}\n      In the file: ${name}. Allowed: ${kind.allowed}.${otherwise}`
  })
  const commands = Object.entries(COMMANDS)
    .map(([name, { takes, help }]) => `  ${name} ${takes}\n      ${help}`)
    .join('\n')
  return `Latchkey: a sign-in server.

Usage: latchkey [--config <file>] [--help] [--version]
       latchkey <command> <name>

${commands}
  A username that begins with a dash goes behind "--".

Settings come from the environment, then from the file, then from the defaults.
The file is JSON: one object, such as { "port": 8080 }.

  ${CONFIG_ENV}
      Path of the file, as --config names it.
${settings.join('\n')}
`
}
