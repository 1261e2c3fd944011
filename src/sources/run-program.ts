import { execFile } from 'node:child_process'

export const PROGRAM_LIMIT_MS = 10_000
const MAX_OUTPUT = 32 * 2 ** 20
const MAX_MESSAGE = 300
const OK = 0

export interface Outcome {
  /** Exit code. */
  code: number
  output: string
  message: string
}

/** The host does not have the program. */
export class NotInstalled extends Error {}

/** Runs a program with arguments; rejects if it cannot be started or is ended before its time. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<Outcome>

/** Runs a program with an environment that does not depend on the language of the host. */
export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' }
    const limits = { timeout: PROGRAM_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const
    execFile(program, args, { ...limits, env }, (error, output, message) => {
      if (!error) resolve({ code: OK, output, message })
      else if (typeof error.code === 'number') resolve({ code: error.code, output, message })
      else if (error.code === 'ENOENT') reject(new NotInstalled(`${program} is not installed`))
      else reject(error.killed ? new Error(`${program} was ended after ${PROGRAM_LIMIT_MS / 1000} s`) : error)
    })
  })

/** Returns the output of a program that must have succeeded. */
export function outputOf({ code, output, message }: Outcome): string {
  if (code !== OK) throw new Error(firstLine(message) || `exit code ${code}`)
  return output
}

export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0].slice(0, MAX_MESSAGE)
}
