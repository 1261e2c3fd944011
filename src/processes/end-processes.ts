import type { Runtime } from '../event/runtime.js'
import { type ProcessStat, processStat } from './process-table.js'
import { commandOf } from './trace.js'

/** `asked`: it ended after TERM. `stays`: not even KILL has ended it, or it may not be signalled. */
export type ProcessEnd = 'asked' | 'killed' | 'kept' | 'stays'

/** A process that was there after the program that had started it. */
export interface LeftProcess {
  readonly pid: number
  /** Its command line, cut when it is long. */
  readonly command: string
  end: ProcessEnd
}

export interface LeftProcesses {
  readonly count: number
  /** Not all if they are many. */
  readonly processes: LeftProcess[]
}

/** Pauses between two looks, ms. */
const FIRST_LOOK = 50
const LONGEST_LOOK = 2000
/** Time that a process may take to end after KILL, ms. One that hangs in the kernel may take until the next boot. */
const PATIENCE = 5000
/** Processes that are named. */
export const MAX_NAMED = 32

/** Asks what is found to end, and ends it after a time, until nothing is found. */
export class ProcessEnder {
  readonly #seen = new Map<string, LeftProcess>()
  #count = 0
  readonly #runtime: Pick<Runtime, 'after' | 'monotonic'>
  readonly #find: () => Promise<ProcessStat[]>
  readonly #kill: () => void
  readonly #asked = new Set<string>()
  #killAt: number
  #wake: (() => void) | undefined

  constructor(options: {
    runtime: Pick<Runtime, 'after' | 'monotonic'>
    killAfter: number
    find(): Promise<ProcessStat[]>
    /** Ends at once what can be ended together. */
    kill?(): void
  }) {
    this.#runtime = options.runtime
    this.#find = options.find
    this.#kill = options.kill ?? (() => undefined)
    this.#killAt = options.runtime.monotonic() + options.killAfter
  }

  /** Processes that were found. More than can be named are ended all the same. */
  get left(): LeftProcesses {
    return { count: this.#count, processes: [...this.#seen.values()] }
  }

  /** An earlier deadline stays. */
  hurry(killAfter: number): void {
    this.#killAt = Math.min(this.#killAt, this.#runtime.monotonic() + killAfter)
    this.#wake?.()
  }

  async run(): Promise<void> {
    let pause = FIRST_LOOK
    for (;;) {
      const found = await this.#find()
      if (found.length === 0) return
      const left = this.#killAt - this.#runtime.monotonic()
      for (const each of found) await this.#end(each, left <= 0)
      if (left <= 0) this.#kill()
      if (left < -PATIENCE) {
        for (const each of found) this.#ended(each, 'stays')
        return
      }
      await this.#pause(left > 0 ? Math.min(pause, Math.max(left, FIRST_LOOK)) : FIRST_LOOK)
      pause = Math.min(2 * pause, LONGEST_LOOK)
    }
  }

  async #end(found: ProcessStat, isLate: boolean): Promise<void> {
    const key = keyOf(found)
    const isNew = !this.#asked.has(key)
    if (isNew) {
      this.#asked.add(key)
      this.#count++
      if (this.#seen.size < MAX_NAMED) {
        this.#seen.set(key, { pid: found.pid, command: await commandOf(found.pid), end: 'asked' })
      }
    }
    if (isLate) this.#ended(found, 'killed')
    if (isLate) signalProcess(found, 'SIGKILL')
    else if (isNew) {
      signalProcess(found, 'SIGTERM')
      // A stopped process would not see it otherwise.
      signalProcess(found, 'SIGCONT')
    }
  }

  #ended(found: ProcessStat, end: ProcessEnd): void {
    const left = this.#seen.get(keyOf(found))
    if (left !== undefined) left.end = end
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#runtime.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

function keyOf({ pid, start }: ProcessStat): string {
  return `${pid} ${start}`
}

/** Signals a process unless its number has been given to another one meanwhile. */
function signalProcess({ pid, start }: ProcessStat, signal: NodeJS.Signals): void {
  if (processStat(pid)?.start !== start) return
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended, or may not be signalled.
  }
}
