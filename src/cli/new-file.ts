import { type FileHandle, open } from 'node:fs/promises'
import { TocsinError } from '../event/errors.js'

/** Asked for before the first event, which may take long to come. */
export async function newFile(path: string): Promise<FileHandle> {
  try {
    // What happens in a fleet is not for everybody on this machine.
    return await open(path, 'wx', 0o600)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', (error as Error).message, { cause: error })
  }
}
