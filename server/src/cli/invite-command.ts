import { succeed, type Command } from './command.ts'

/** Creates an invitation. It is signed with the keys of the server and not stored. */
export const inviteCommand: Command = {
  usage: '',
  help: 'Creates an invitation for one account, for LATCHKEY_REGISTRATION=invite. Good for 7 days.',
  needsName: false,
  options: [],
  run: async ({ invitations, origin }) =>
    succeed(`${origin}/register?invitation=${invitations.create()}`),
}
