import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'

/**
 * Writes the token into a new file that only this user can read. The file is opened first: a token that could not be
 * written would be lost.
 */
export async function intoFile<Made extends { token: string }>(
  file: string,
  make: () => Promise<Made>,
): Promise<Made> {
  const open = openNew(file)
  try {
    const made = await make()
    writeSync(open, `${made.token}\n`)
    return made
  } catch (error) {
    unlinkSync(file)
    throw error
  } finally {
    closeSync(open)
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', `${file}: ${messageOf(error)}`, { cause: error })
  }
}
