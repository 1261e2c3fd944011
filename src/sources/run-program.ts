import { codeOf } from '../errors/thrown.js'
import { type Outcome, runProgram as run } from '../processes/run-program.js'

export const PROGRAM_LIMIT_MS = 10_000
const MAX_OUTPUT = 32 * 2 ** 20
const MAX_MESSAGE = 300
const OK = 0

export type { Outcome }

/** The host does not have the program. */
export class NotInstalled extends Error {}

/** Runs a program with arguments; rejects if it cannot be started or is ended before its time. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<Outcome>

/** Runs a program with an environment that does not depend on the language of the host. */
export const runProgram: RunProgram = async (program, args) => {
  const env = { ...process.env, LC_ALL: 'C' }
  try {
    return await run(program, args, { env, timeout: PROGRAM_LIMIT_MS, maxOutput: MAX_OUTPUT })
  } catch (error) {
    const isMissing = codeOf(error) === 'ENOENT'
    throw isMissing ? new NotInstalled(`${program} is not installed`) : error
  }
}

/** Returns the output of a program that must have succeeded. */
export function outputOf({ code, output, message }: Outcome): string {
  if (code !== OK) throw new Error(firstLine(message) || `exit code ${code}`)
  return output
}

export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0].slice(0, MAX_MESSAGE)
}
