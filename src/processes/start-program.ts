import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { messageOf } from '../errors/thrown.js'
import { processStat } from './process-table.js'
import { startChild } from './start-child.js'

export interface ProgramStart {
  readonly file: string
  readonly args: readonly string[]
  /** The name by which the program is called. */
  readonly argv0: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export interface StartedProgram {
  readonly pid: number
  /** When it started, in ticks of the kernel since the boot; undefined on systems without /proc. */
  readonly start: number | undefined
}

export interface ProgramEnd {
  /** The number of the signal if one ended it; -1 if nothing is known. */
  readonly code: number
  readonly signal?: string
  readonly fault?: string
}

/** Each is called once at most, and `ended` last. For a program that could not be started, only `ended` is called. */
export interface ProgramWatcher {
  started(program: StartedProgram): void
  ended(end: ProgramEnd): void
}

/** Starts a program that leads a session, with the socket as its stdout and stderr. The socket is then closed here. */
export function startProgram(
  program: ProgramStart,
  output: Socket,
  { started, ended }: ProgramWatcher,
): void {
  const { file, args, ...options } = program
  const failed = (error: unknown) => ended({ code: -1, fault: messageOf(error) })
  try {
    const child = startChild(file, args, { ...options, detached: true, stdio: ['ignore', output, output] })
    child.once('error', failed)
    child.once('exit', (code, signal) => ended(endOf(code, signal)))
    // In the turn of the start, its number cannot belong to another process.
    if (child.pid !== undefined) started({ pid: child.pid, start: processStat(child.pid)?.start })
  } catch (thrown) {
    failed(thrown)
  } finally {
    output.destroy()
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): ProgramEnd {
  return signal === null ? { code: code ?? -1 } : { code: constants.signals[signal], signal }
}
