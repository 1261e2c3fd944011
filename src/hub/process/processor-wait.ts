import { openSync, readSync } from 'node:fs'

/** The times of the main thread since its start, from the kernel, ms; both are 0 where it does not give them. */
export interface ProcessorTimes {
  /** Time on a processor, as known at the last tick of the kernel. */
  readonly ran: number
  /** Time in which the thread was ready to run without a processor. */
  readonly waited: number
}

/** Stays open: it is read many times a second, for as long as the process lives. */
let file: number | undefined
const line = Buffer.alloc(128)
const UNKNOWN: ProcessorTimes = { ran: 0, waited: 0 }

export function processorTimes(): ProcessorTimes {
  file ??= open(`/proc/self/task/${process.pid}/schedstat`)
  return file === -1 ? UNKNOWN : timesIn(line.toString('latin1', 0, readSync(file, line, 0, line.length, 0)))
}

export function processorWait(): number {
  return processorTimes().waited
}

/** The line is: time on a processor, time of waiting for one (both ns), number of turns. */
function timesIn(line: string): ProcessorTimes {
  const [ran, waited] = line.split(' ', 2)
  return { ran: Number(ran) / 1e6 || 0, waited: Number(waited) / 1e6 || 0 }
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch {
    return -1
  }
}
