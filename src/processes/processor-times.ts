import { readFileSync } from 'node:fs'

/** The times of a thread since its start, from the kernel, ms; both are 0 where it does not give them. */
export interface ProcessorTimes {
  /** Time on a processor, as known at the last tick of the kernel. */
  readonly ran: number
  /** Time in which the thread was ready to run without a processor. */
  readonly waited: number
}

export const UNKNOWN_TIMES: ProcessorTimes = { ran: 0, waited: 0 }

/** The file of a thread of this process. */
export function timesFile(thread: number): string {
  return `/proc/self/task/${thread}/schedstat`
}

/** Its line is: time on a processor, time of waiting for one (both ns), number of turns. */
export function timesIn(line: string): ProcessorTimes {
  const [ran, waited] = line.split(' ', 2)
  return { ran: Number(ran) / 1e6 || 0, waited: Number(waited) / 1e6 || 0 }
}

/** The times of a thread of this process; undefined where the kernel does not give them. */
export function processorTimesOf(thread: number): ProcessorTimes | undefined {
  try {
    return timesIn(readFileSync(timesFile(thread), 'latin1'))
  } catch {
    return undefined
  }
}
