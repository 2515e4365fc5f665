import { StartError } from '../start-error.ts'
import type { Notes } from './data.ts'

const NOTE = 'schema'

/** The version of the tables that this server works with. Incremented by each change of a table. */
const VERSION = 1

/**
 * Notes the version of the tables, and checks it: a server that is older than the tables could
 * misread what newer ones have written. Throws a `StartError`.
 */
export async function checkSchemaVersion(notes: Notes, create: boolean): Promise<void> {
  const noted = create ? await notes.writeOnce(NOTE, String(VERSION)) : await notes.read(NOTE)
  if (noted !== null && Number(noted) > VERSION)
    throw new StartError(
      `The database has tables of version ${noted}, and this server knows them up to version ` +
        `${VERSION}. Install the version of latchkey-server that the other processes have, or a ` +
        'newer one.',
    )
}
