import type { CommandResult, JobState, LeftProcesses } from '../../jobs/index.js'

/** Jobs: commands that the hub runs. */
export interface JobMethods {
  'jobs.run': { params: JobRunParams; result: JobInfo }
  /** Own jobs, and with the right `monitor` those of others; the newest first. */
  'jobs.list': { params: { state?: JobState; limit?: number }; result: { jobs: JobInfo[]; more: boolean } }
  'jobs.get': { params: { id: string }; result: JobDetail }
  'jobs.output': { params: JobOutputParams; result: JobOutput }
  /** Own jobs, and with the right `admin` those of others. All of them or none. */
  'jobs.kill': { params: { ids: string[] }; result: { jobs: JobInfo[] } }
}

export interface JobRunParams {
  /** Default: a random one. */
  id?: string
  /** Run one after the other, until one fails; without a shell. */
  commands: string[]
  /** Jobs of a queue run one after the other. Default: `no_queue`, where jobs run at the same time. */
  queue?: string
  /** Time after which it is ended, µs; at most that of the hub. */
  timeLimit?: number
}

export interface JobInfo {
  id: string
  commands: string[]
  queue: string
  by: string
  state: JobState
  /** The number of jobs before it in its queue; absent unless it waits. */
  position?: number
  created: number
  started?: number
  finished?: number
  /** Why it was cut short. */
  reason?: string
  /** Processes that had left its process groups when it ended, and how each has ended. */
  left?: LeftProcesses
  /** The folder of its cgroup. Absent if it had none, and its processes were looked for elsewhere. */
  cgroup?: string
  /** Return codes of the commands that have ended, in order. */
  codes: number[]
  /** True if all commands have run and none failed; absent unless it has finished. */
  succeeded?: boolean
}

export interface JobDetail extends JobInfo {
  /** The results of the commands that have begun. The middle of a long output is left out. */
  results: CommandResult[]
  /** Bytes of its whole output. */
  outputBytes: number
  /** Why not all output is kept. */
  outputFault?: string
}

export interface JobOutputParams {
  id: string
  /** Offset in the output of all commands, bytes. Default: 0. */
  from?: number
  /** Most bytes in one answer. */
  limit?: number
  /** Time to wait for more output of a job that has not finished, µs. Default: 0. */
  wait?: number
}

export interface JobOutput {
  /** Offset of the bytes: later than asked if the output from there on is gone. */
  at: number
  bytes: Uint8Array
  /** The `from` of the next call. */
  next: number
  state: JobState
  /** True if nothing will follow. */
  done: boolean
}
