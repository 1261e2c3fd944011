import { isSea } from 'node:sea'

/** The words that run this program, before those of a command. The executable needs no file. */
export function ownProgram(): [string, ...string[]] {
  return isSea() ? [process.execPath] : [process.execPath, process.argv[1]]
}
