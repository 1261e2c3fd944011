import { type Runtime, withTimeout } from '../../event/runtime.js'
import {
  firstLine,
  NotInstalled,
  type Outcome,
  PROGRAM_LIMIT_MS,
  type RunProgram,
  runProgram,
} from '../run-program.js'

/** Texts of the tools where ZFS is installed but does not run. */
const NOT_RUNNING = /modules? (?:are|is) not loaded|failed to initialize ZFS library|\/dev\/zfs/i

/** ZFS is not installed on this host, or does not run. */
export class NoZfs extends Error {}

/** The tools of ZFS. While one of them does not answer, which not even a signal may change, no other is started. */
export class ZfsTools {
  readonly #run: RunProgram
  readonly #runtime: Runtime
  #stuck: string | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(runtime: Runtime, run: RunProgram = runProgram) {
    this.#runtime = runtime
    this.#run = run
  }

  /** Runs one tool at a time. Throws `NoZfs` if there is no ZFS to ask. */
  ask(program: 'zpool' | 'zfs', args: readonly string[]): Promise<Outcome> {
    const answer = this.#turn.then(() => this.#ask(program, args))
    this.#turn = answer.catch(() => {})
    return answer
  }

  async #ask(program: string, args: readonly string[]): Promise<Outcome> {
    if (this.#stuck) throw new Error(`${this.#stuck} does not answer`)
    this.#stuck = `${program} ${args[0]}`
    const running = this.#run(program, args)
      .catch((error) => {
        throw error instanceof NotInstalled ? new NoZfs(error.message) : error
      })
      .finally(() => {
        this.#stuck = undefined
      })
    const outcome = await withTimeout(this.#runtime, PROGRAM_LIMIT_MS + 1_000, running)
    if (outcome.code !== 0 && NOT_RUNNING.test(outcome.message)) {
      throw new NoZfs(firstLine(outcome.message))
    }
    return outcome
  }
}

/** Returns the rows of the output with `-H`: fields separated by tabs. */
export function rowsOf(output: string): string[][] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}
