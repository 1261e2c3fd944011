import { execFile } from 'node:child_process'
import { type Runtime, withTimeout } from '../../event/runtime.js'

const TIMEOUT_MS = 10_000
const MAX_OUTPUT = 32 * 2 ** 20
const MAX_MESSAGE = 300
const OK = 0
/** Texts of the tools where ZFS is installed but does not run. */
const NOT_RUNNING = /modules? (?:are|is) not loaded|failed to initialize ZFS library|\/dev\/zfs/i

export interface Outcome {
  /** Exit code. */
  code: number
  output: string
  message: string
}

/** ZFS is not installed on this host, or does not run. */
export class NoZfs extends Error {}

/** Runs a program with arguments; rejects if it cannot be started or is ended before its time. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<Outcome>

/** Runs a program with an environment that does not depend on the language of the host. */
export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' }
    const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT } as const
    execFile(program, args, { ...limits, env }, (error, output, message) => {
      if (!error) resolve({ code: OK, output, message })
      else if (typeof error.code === 'number') resolve({ code: error.code, output, message })
      else if (error.code === 'ENOENT') reject(new NoZfs(`${program} is not installed`))
      else reject(error.killed ? new Error(`${program} was ended after ${TIMEOUT_MS / 1000} s`) : error)
    })
  })

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
    const running = this.#run(program, args).finally(() => {
      this.#stuck = undefined
    })
    const outcome = await withTimeout(this.#runtime, TIMEOUT_MS + 1_000, running)
    if (outcome.code !== OK && NOT_RUNNING.test(outcome.message)) {
      throw new NoZfs(firstLine(outcome.message))
    }
    return outcome
  }
}

/** Returns the output of a tool that must have succeeded. */
export function outputOf({ code, output, message }: Outcome): string {
  if (code !== OK) throw new Error(firstLine(message) || `exit code ${code}`)
  return output
}

/** Returns the rows of the output with `-H`: fields separated by tabs. */
export function rowsOf(output: string): string[][] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0].slice(0, MAX_MESSAGE)
}
