import type { Socket } from 'node:net'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Runtime } from '../event/runtime.js'
import { groupIsAlive, signalGroup } from './groups.js'
import { guardGroup } from './guardian.js'
import { findProgram, PROGRAM_FOLDERS } from './programs.js'
import { type ChildProcess, startChild } from './start-child.js'

/** Time after the end of the program in which output is still read from processes that have left its group. */
const LAST_OUTPUT_MS = 1_000
/** More than a pipe holds: what comes after it was not written by the program. */
const LAST_OUTPUT_BYTES = 2 ** 20
const LOOK_MS = 50

export interface ProgramOptions {
  /** The program and its arguments. */
  words: readonly string[]
  folder: string
  environment: Readonly<Record<string, string>>
  killAfter: number
  runtime: Runtime
  /** True if something is written to it; else it reads nothing. */
  hasInput?: boolean
}

export interface ProgramEnd {
  /** The number of the signal if one ended the program; -1 if it could not be run. */
  code: number
  signal?: string
  fault?: string
}

/** A program in a process group of its own, whose output is read from pipes. Nothing of the group survives it or the hub. */
export class Program {
  readonly ended: Promise<ProgramEnd>
  readonly #options: ProgramOptions
  readonly #child: ChildProcess
  readonly #groupEnded: () => void
  #killAt: number | undefined

  /** Throws an Error if the program cannot be run. */
  constructor(options: ProgramOptions) {
    this.#options = options
    const [name, ...more] = options.words
    const file = findProgram(name, PROGRAM_FOLDERS)
    if (file === undefined) throw new Error(`there is no program ${name}`)
    this.#child = startChild(file, more, {
      argv0: name,
      cwd: options.folder,
      env: options.environment,
      detached: true,
      stdio: [options.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    this.#groupEnded = guardGroup(this.#child)
    this.ended = this.#end()
  }

  /** Undefined if it was made without an input. */
  get stdin(): Writable | undefined {
    return this.#child.stdin ?? undefined
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable
  }

  get stderr(): Readable {
    return this.#child.stderr as Readable
  }

  /** Asks all processes of the group to end, and ends them after `killAfter`. */
  stop(): void {
    if (this.#killAt !== undefined || this.#child.pid === undefined) return
    this.#killAt = this.#options.runtime.monotonic() + this.#options.killAfter
    this.#askToEnd()
    void this.#endGroup(this.#child.pid)
  }

  async #end(): Promise<ProgramEnd> {
    const end = await new Promise<ProgramEnd>((resolve) => {
      this.#child.once('error', (error) => resolve({ code: -1, fault: error.message }))
      this.#child.once('exit', (code, signal) => resolve(endOf(code, signal)))
    })
    if (this.#child.pid !== undefined) {
      this.#killAt ??= this.#options.runtime.monotonic() + this.#options.killAfter
      await this.#endGroup(this.#child.pid)
    }
    this.#groupEnded()
    for (const output of [this.#child.stdout, this.#child.stderr]) this.#endOutput(output as Socket | null)
    return end
  }

  /** While the hub accepts no events, output is not read, and must not be lost. */
  #endOutput(output: Socket | null): void {
    if (output === null) return
    const last = output.bytesRead + LAST_OUTPUT_BYTES
    let left = LAST_OUTPUT_MS / LOOK_MS
    const look = () => {
      if (!output.isPaused()) left--
      if (left <= 0 || output.bytesRead > last) output.destroy()
      else if (!output.destroyed) this.#options.runtime.after(LOOK_MS, look)
    }
    look()
  }

  /** Resolves when the group has no process. */
  async #endGroup(group: number): Promise<void> {
    while (await groupIsAlive(group, this.#options.runtime)) {
      if (this.#options.runtime.monotonic() >= (this.#killAt as number)) signalGroup(group, 'SIGKILL')
      else this.#askToEnd()
      await new Promise<void>((next) => this.#options.runtime.after(LOOK_MS, next))
    }
  }

  #askToEnd(): void {
    const group = this.#child.pid as number
    signalGroup(group, 'SIGTERM')
    // A stopped process would not see it otherwise.
    signalGroup(group, 'SIGCONT')
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): ProgramEnd {
  return signal === null ? { code: code ?? -1 } : { code: constants.signals[signal], signal }
}
