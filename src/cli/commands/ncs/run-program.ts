import { constants } from 'node:os'
import { startChild } from '../../../processes/start-child.js'

/** Signals that the program gets from this command. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** The exit codes of a shell if a program does not exist, or cannot be run. */
const NOT_FOUND = 127
const NOT_RUN = 126

export interface ProgramEnd {
  exit: number
  /** Why it could not be started. */
  message?: string
}

/**
 * Runs a program with the terminal of this command, and passes signals on. Resolves with its exit code, or with
 * 128 and the number of the signal that ended it, as in a shell.
 */
export function runProgram(command: readonly string[], env: NodeJS.ProcessEnv): Promise<ProgramEnd> {
  const [program, ...args] = command
  const child = startChild(program, args, { env, stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals): void => {
    // Ctrl-C reaches the program from the terminal, too, and must not reach it twice.
    if (signal === 'SIGINT' && process.stdin.isTTY === true) return
    child.kill(signal)
  }
  for (const signal of passedOn) process.on(signal, pass)
  return new Promise<ProgramEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const exit = error.code === 'ENOENT' ? NOT_FOUND : NOT_RUN
      resolve({ exit, message: `${program} cannot be started: ${error.message}` })
    })
    child.once('close', (code, signal) =>
      resolve({ exit: code ?? (signal === null ? NOT_RUN : 128 + constants.signals[signal]) }),
    )
  }).finally(() => {
    for (const signal of passedOn) process.off(signal, pass)
  })
}
