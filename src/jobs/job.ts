import type { LeftProcesses } from '../processes/end-processes.js'
import type { ProcessId } from '../processes/process-table.js'

/** The queue of jobs that wait for no other job. */
export const NO_QUEUE = 'no_queue'

export type JobState = 'pending' | 'running' | 'finished'

/** Commands that run one after the other, until one fails. */
export interface Job {
  /** Name given by the caller, which a later job may have again. */
  readonly id: string
  /** Random name of this run: of its files, and of its processes in `TOCSIN_JOB`. */
  readonly run: string
  readonly commands: readonly string[]
  readonly queue: string
  /** The principal that started it. */
  readonly by: string
  readonly state: JobState
  /** µs since the epoch, like all times here */
  readonly created: number
  readonly started?: number
  readonly finished?: number
  /** Why it was cut short. */
  readonly reason?: string
  /** Processes that had left the groups of its commands, and were found when it ended. */
  readonly left?: LeftProcesses
  /** The folder of its cgroup, if it has one. */
  readonly cgroup?: string
  /** The data by which its processes are found again after a crash of the hub. */
  readonly trace?: JobTrace
  /** The results of the commands that have begun, in order. */
  readonly results: readonly CommandResult[]
  /** Bytes of output in its files. */
  readonly outputBytes: number
  /** Size of each of these files. */
  readonly partBytes: number
  /** Why not all output is in the files. */
  readonly outputFault?: string
}

export interface JobTrace {
  /** The space that the numbers of processes belong to. */
  readonly space: string
  /** The first process of each command. */
  readonly leaders: readonly ProcessId[]
  /** Other processes that were found. */
  readonly known: readonly ProcessId[]
  /** The sockets that the commands write to. */
  readonly outputs: readonly string[]
}

export interface CommandResult {
  /** stdout and stderr in the order of writing, without the middle if it is long. */
  readonly output: string
  /** The code of the program, the number of the signal that ended it, or -1 if it could not be started. */
  readonly code?: number
  /** The signal that ended the program, such as `SIGKILL`. */
  readonly signal?: string
  /** Why the program could not be started. */
  readonly fault?: string
}

/** Returns whether all commands have run and none failed. */
export function succeeded({ state, reason, commands, results }: Omit<Job, 'run'>): boolean {
  return (
    state === 'finished' &&
    reason === undefined &&
    results.length === commands.length &&
    results.every(({ code }) => code === 0)
  )
}
