import { nextTurn, type Runtime } from '../event/runtime.js'
import { type ProcessStat, processTable } from './process-table.js'
import { type Evidence, evidenceOf, ownProcesses, startedWith, type Trace } from './trace.js'

/** Processes whose environment is read at the same time. */
const AT_ONCE = 8
/** The pause after a search, as a multiple of the time that the search took. */
const PAUSE = 4
const LONGEST_PAUSE = 1000
/** Time for pieces of work in one turn of the event loop, ms. */
const SLICE = 2

interface Wanted {
  trace: Trace
  resolve(found: ProcessStat[]): void
}

/**
 * Finds the processes of pieces of work among all of the host. One search at a time serves all that wait for one, and
 * all together take a fifth of the time at most, however many pieces of work end.
 */
export class ProcessSearch {
  readonly #runtime: Pick<Runtime, 'after' | 'monotonic' | 'soon'>
  #wanted: Wanted[] = []
  #isBusy = false

  constructor(runtime: Pick<Runtime, 'after' | 'monotonic' | 'soon'>) {
    this.#runtime = runtime
  }

  /** Resolves with those that run after this call; with none on systems without /proc. */
  find(trace: Trace): Promise<ProcessStat[]> {
    return new Promise((resolve) => {
      this.#wanted.push({ trace, resolve })
      if (!this.#isBusy) void this.#search()
    })
  }

  async #search(): Promise<void> {
    this.#isBusy = true
    const begun = this.#runtime.monotonic()
    const wanted = this.#wanted
    this.#wanted = []
    const table = ((await processTable(this.#runtime)) ?? []).filter(({ pid }) => pid !== process.pid)
    const candidates = new Set<ProcessStat>()
    await this.#inTurns(wanted, ({ trace }) => {
      for (const each of startedWith(trace, table)) candidates.add(each)
    })
    const evidence = await evidenceOn(candidates)
    await this.#inTurns(wanted, ({ trace, resolve }) => resolve(ownProcesses(trace, table, evidence)))
    const pause = Math.min(PAUSE * (this.#runtime.monotonic() - begun), LONGEST_PAUSE)
    this.#runtime.after(pause, () => {
      this.#isBusy = false
      if (this.#wanted.length > 0) void this.#search()
    })
  }

  /** Many jobs may end at the same time, each with a look at all processes of the host. */
  async #inTurns(wanted: readonly Wanted[], serve: (each: Wanted) => void): Promise<void> {
    let end = this.#runtime.monotonic() + SLICE
    for (const each of wanted) {
      if (this.#runtime.monotonic() >= end) {
        await nextTurn(this.#runtime)
        end = this.#runtime.monotonic() + SLICE
      }
      serve(each)
    }
  }
}

async function evidenceOn(processes: ReadonlySet<ProcessStat>): Promise<Map<number, Evidence>> {
  const evidence = new Map<number, Evidence>()
  const rest = processes.values()
  const look = async () => {
    for (const each of rest) {
      const said = await evidenceOf(each)
      if (said !== undefined) evidence.set(each.pid, said)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, look))
  return evidence
}
