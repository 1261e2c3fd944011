import { openSync, readSync } from 'node:fs'
import { type ProcessorTimes, timesFile, timesIn, UNKNOWN_TIMES } from '../../processes/processor-times.js'

/** Stays open: it is read many times a second, for as long as the process lives. */
let file: number | undefined
const line = Buffer.alloc(128)

/** The times of the main thread. */
export function processorTimes(): ProcessorTimes {
  file ??= open(timesFile(process.pid))
  return file === -1
    ? UNKNOWN_TIMES
    : timesIn(line.toString('latin1', 0, readSync(file, line, 0, line.length, 0)))
}

export function processorWait(): number {
  return processorTimes().waited
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch {
    return -1
  }
}
