import { messageOf } from '../errors/thrown.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { groupIsAlive, signalGroup } from '../processes/groups.js'
import type { ProgramStarter } from '../processes/program-starter.js'
import type { ProgramEnd, StartedProgram } from '../processes/start-program.js'
import { type OutputPipe, outputPipe } from './output-pipe.js'

export interface CommandOptions {
  /** The program and its arguments; `file` is the path of the program. */
  readonly words: readonly string[]
  readonly file: string
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  readonly runtime: Runtime
  readonly starter: Pick<ProgramStarter, 'start'>
  /** Called when the program was started, with the name of its output in `/proc/PID/fd`. */
  started(program: StartedProgram, output: string | undefined): void
  /** Called with each piece of output. No more is read until it resolves. */
  output(bytes: Uint8Array): Promise<void>
}

/**
 * Time after the end of the last process of the group in which output is still read from those that have left it, ms.
 */
const LAST_OUTPUT = 1000
/** Pauses between two looks at what is left of a group, ms. */
const FIRST_LOOK = 50
const LONGEST_LOOK = 2000

/** One command in a process group of its own. It lasts until the group is empty, not only until its program exits. */
export class CommandRun {
  readonly ended: Promise<ProgramEnd>
  readonly #options: CommandOptions
  /** The number of the process group, while it may have processes. */
  #group: number | undefined
  #stopping: { killAt: number } | undefined
  #wake: (() => void) | undefined
  /** Ends the wait for the start of the program. */
  #giveUp: () => void = () => undefined

  constructor(options: CommandOptions) {
    this.#options = options
    this.ended = this.#run().catch((error) => ({ code: -1, fault: messageOf(error) }))
  }

  /** Asks all processes to end, and ends them after `killAfter` ms. An earlier deadline stays. */
  stop(killAfter: number): void {
    const { runtime } = this.#options
    const killAt = Math.min(
      runtime.monotonic() + killAfter,
      this.#stopping?.killAt ?? Number.POSITIVE_INFINITY,
    )
    this.#stopping = { killAt }
    this.#askToEnd()
    runtime.after(killAfter, () => (this.#group === undefined ? this.#giveUp() : this.#signal('SIGKILL')))
    this.#wake?.()
  }

  /** True if the time to end is over. */
  get #isLate(): boolean {
    return this.#stopping !== undefined && this.#stopping.killAt <= this.#options.runtime.monotonic()
  }

  #askToEnd(): void {
    this.#signal('SIGTERM')
    // A stopped process would not see it otherwise.
    this.#signal('SIGCONT')
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#group !== undefined) signalGroup(this.#group, signal)
  }

  async #run(): Promise<ProgramEnd> {
    const pipe = await outputPipe()
    const read = this.#read(pipe)
    try {
      const end = await this.#programEnd(pipe)
      if (this.#group !== undefined) await this.#groupEnd(this.#group)
      return end
    } finally {
      this.#group = undefined
      const cancel = this.#options.runtime.after(LAST_OUTPUT, () => pipe.output.destroy())
      await read
      cancel()
    }
  }

  async #read({ output }: OutputPipe): Promise<void> {
    try {
      for await (const bytes of output) await this.#options.output(bytes as Uint8Array)
    } catch {
      // A process that is killed may leave a broken connection.
    }
  }

  #programEnd({ input, name }: OutputPipe): Promise<ProgramEnd> {
    const { words, file, folder, environment, starter } = this.#options
    const program = { file, args: words.slice(1), argv0: words[0], cwd: folder, env: environment }
    return new Promise((ended) => {
      let isGivenUp = false
      this.#giveUp = () => {
        isGivenUp = true
        input.destroy()
        ended({ code: -1, fault: 'it was not started before it had to end' })
      }
      const started = (process: StartedProgram) => {
        if (isGivenUp) {
          signalGroup(process.pid, 'SIGKILL')
          return
        }
        this.#group = process.pid
        this.#options.started(process, name)
        // It may have been stopped before it was started.
        if (this.#isLate) this.#signal('SIGKILL')
        else if (this.#stopping !== undefined) this.#askToEnd()
      }
      starter.start(program, input, { started, ended })
    })
  }

  async #groupEnd(group: number): Promise<void> {
    const { runtime } = this.#options
    for (
      let pause = FIRST_LOOK;
      await groupIsAlive(group, runtime);
      pause = Math.min(pause * 2, LONGEST_LOOK)
    ) {
      const left = this.#stopping && this.#stopping.killAt - runtime.monotonic()
      if (left !== undefined && left <= 0) signalGroup(group, 'SIGKILL')
      // The program may have started one more process while it was asked to end.
      else if (left !== undefined) this.#askToEnd()
      await this.#pause(left === undefined ? pause : Math.min(pause, Math.max(left, FIRST_LOOK)))
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel: Cancel = this.#options.runtime.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
