import { isSea } from 'node:sea'

/** The argument with which this program is the process that starts programs for a hub. */
export const STARTING_PROCESS = '__start-programs'

/** The words that run this program, before those of a command. The executable needs no file. */
export function ownProgram(): [string, ...string[]] {
  return isSea() ? [process.execPath] : [process.execPath, process.argv[1]]
}
