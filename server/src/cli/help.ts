import { COMMANDS } from './admin.ts'
import { CONFIG_ENV, SETTINGS } from './settings.ts'

/** Returns the text of `latchkey --help`, with every setting and command. */
export function helpText(): string {
  const settings = Object.entries(SETTINGS).map(([name, { env, kind, fallback, help }]) => {
    const defaultText = fallback === null ? '' : ` Default: ${String(fallback)}.`
    const facts = `In the file: ${name}. Allowed: ${kind.allowed}.${defaultText}`
    return `  ${env}\n      ${help}\n      ${facts}`
  })
  const commands = Object.entries(COMMANDS).map(
    ([name, { usage, help }]) => `  ${name} ${usage}\n      ${help}`,
  )
  return `Latchkey: a sign-in server.

Usage: latchkey [--config <file>] [--help] [--version]
       latchkey <command> <name> [options]

Without a command, starts the server. Commands:

${commands.join('\n')}
  Put a username that begins with a dash after "--".

Settings are read from the environment, then from the file, then from the defaults.
The file is one JSON object, such as { "port": 8080 }.

  ${CONFIG_ENV}
      Path of the file, as an alternative to --config.
${settings.join('\n')}
`
}
