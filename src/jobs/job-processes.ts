import type { Cancel, Runtime } from '../event/runtime.js'
import type { Cgroup } from '../processes/cgroup.js'
import { type LeftProcesses, MAX_NAMED, ProcessEnder } from '../processes/end-processes.js'
import type { ProcessSearch } from '../processes/process-search.js'
import { numberSpace, type ProcessId, type ProcessStat, processStat } from '../processes/process-table.js'
import type { StartedProgram } from '../processes/start-program.js'
import { commandOf, type Trace } from '../processes/trace.js'
import type { JobTrace } from './job.js'

/** The variable that every process of a job has in its environment, with the name of the run. */
export const JOB_VARIABLE = 'TOCSIN_JOB'

/** Pauses between two looks while the job runs, ms. */
const FIRST_LOOK = 1000
const LONGEST_LOOK = 60_000

/** Time after TERM for processes that are found only when the time of the job is over, ms. */
const LEAST_GRACE = 500

export interface ProcessHost {
  readonly runtime: Runtime
  readonly search: ProcessSearch
}

export interface JobProcessesOptions {
  /** The trace of a job that an earlier hub has started. */
  record?: JobTrace
  cgroup?: Cgroup
  /** Called when more are known while the job runs. */
  found?(): void
}

/** The processes of a job, also those that have left the groups of its commands. */
export class JobProcesses {
  /** The group that all of them are in, unless they have left it. */
  cgroup: Cgroup | undefined
  readonly #host: ProcessHost
  readonly #found: () => void
  readonly #mark: string
  readonly #leaders: ProcessId[]
  readonly #outputs: string[]
  readonly #watched = new Set<number>()
  #known: readonly ProcessId[]
  #cancelLook: Cancel | undefined
  #isOver = false
  #ender: ProcessEnder | undefined
  #ending: Promise<void> = Promise.resolve()
  #killAt: number | undefined
  #left: LeftProcesses = { count: 0, processes: [] }

  constructor(host: ProcessHost, run: string, { record, cgroup, found }: JobProcessesOptions) {
    const isHere = record !== undefined && record.space === numberSpace()
    const { leaders, known, outputs } = isHere ? record : NOTHING
    this.#found = () => found?.()
    this.#host = host
    this.cgroup = cgroup
    this.#mark = `${JOB_VARIABLE}=${run}`
    this.#leaders = [...leaders]
    this.#known = known
    this.#outputs = [...outputs]
  }

  /** The data by which the next hub finds them. */
  get trace(): JobTrace | undefined {
    const space = numberSpace()
    if (space === undefined || this.#leaders.length === 0) return undefined
    return { space, leaders: [...this.#leaders], known: [...this.#known], outputs: [...this.#outputs] }
  }

  /** Those outside of the groups of the commands that were found at the end. */
  get left(): LeftProcesses {
    const now = this.#ender?.left ?? { count: 0, processes: [] }
    const processes = [...this.#left.processes, ...now.processes].slice(0, MAX_NAMED)
    return { count: this.#left.count + now.count, processes }
  }

  /** To be called when the program of a command was started. */
  started({ pid, start }: StartedProgram, output: string | undefined): void {
    if (start === undefined) return
    this.#leaders.push({ pid, start })
    this.#watched.add(pid)
    if (output !== undefined) this.#outputs.push(output)
    this.#lookLater(FIRST_LOOK)
  }

  /** Finds those that nothing could tell from others when their parents have ended. */
  async look(): Promise<void> {
    await this.#find()
  }

  /** To be called when the commands have ended. */
  close(): void {
    this.#isOver = true
    this.#cancelLook?.()
  }

  #lookLater(pause: number): void {
    this.#cancelLook?.()
    this.#cancelLook = this.#host.runtime.after(pause, () => void this.#lookNow(pause))
  }

  async #lookNow(pause: number): Promise<void> {
    const before = this.#known.length
    await this.#find()
    if (this.#isOver) return
    if (this.#known.length > before) this.#found()
    this.#lookLater(Math.min(2 * pause, LONGEST_LOOK))
  }

  /** A command has ended and another one follows: its number may be given again from now on. */
  async commandEnded(): Promise<void> {
    const ended = [...this.#watched]
    await this.#find()
    for (const pid of ended) this.#watched.delete(pid)
  }

  /** Begins to end those outside of the groups of commands, for which the commands care. */
  end(killAfter: number): void {
    const killAt = this.#host.runtime.monotonic() + killAfter
    this.#killAt = Math.min(this.#killAt ?? killAt, killAt)
    if (this.#ender === undefined) this.#ending = this.#run(killAfter, () => this.#strays())
    else this.#ender.hurry(killAfter)
  }

  /** Ends what is left when the commands have ended. */
  async endRest(killAfter: number): Promise<void> {
    await this.#ending
    const { runtime } = this.#host
    const left = this.#killAt === undefined ? killAfter : this.#killAt - runtime.monotonic()
    this.#ending = this.#run(Math.max(left, LEAST_GRACE), () => this.#find())
    await this.#ending
  }

  /** Names the processes that are left when the commands have ended, and does not end them. */
  async keepRest(): Promise<void> {
    const found = await this.#find()
    const named = found.slice(0, MAX_NAMED).map(async ({ pid }) => {
      return { pid, command: await commandOf(pid), end: 'kept' as const }
    })
    this.#left = { count: found.length, processes: await Promise.all(named) }
  }

  async #run(killAfter: number, find: () => Promise<ProcessStat[]>): Promise<void> {
    const kill = () => this.cgroup?.kill()
    const ender = new ProcessEnder({ runtime: this.#host.runtime, killAfter, find, kill })
    this.#ender = ender
    await ender.run()
    this.#left = this.left
    this.#ender = undefined
  }

  async #strays(): Promise<ProcessStat[]> {
    const found = await this.#find()
    return found.filter(({ group }) => !this.#watched.has(group))
  }

  async #find(): Promise<ProcessStat[]> {
    const trace: Trace = {
      mark: this.#mark,
      leaders: this.#leaders,
      watched: this.#watched,
      known: this.#known,
      outputs: this.#outputs,
    }
    const found = this.#withCgroup(await this.#host.search.find(trace))
    this.#known = found.slice(0, MAX_NAMED).map(({ pid, start }) => ({ pid, start }))
    return found
  }

  #withCgroup(found: ProcessStat[]): ProcessStat[] {
    const known = new Set(found.map(({ pid }) => pid))
    const others = (this.cgroup?.processes ?? []).filter((pid) => pid !== process.pid && !known.has(pid))
    return [...found, ...others.flatMap(runningProcess)]
  }
}

const NOTHING: Omit<JobTrace, 'space'> = { leaders: [], known: [], outputs: [] }

function runningProcess(pid: number): ProcessStat[] {
  const found = processStat(pid)
  return found === undefined || found.state === 'Z' || found.state === 'X' ? [] : [found]
}
