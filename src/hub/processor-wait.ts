import { openSync, readSync } from 'node:fs'

/** Stays open: it is read many times a second, for as long as the process lives. */
let file: number | undefined
const line = Buffer.alloc(128)

/**
 * Returns how long the main thread has been ready to run without a processor since its start, in ms. Returns 0 where
 * the kernel does not tell.
 */
export function processorWait(): number {
  file ??= open(`/proc/self/task/${process.pid}/schedstat`)
  return file === -1 ? 0 : waitedMs(line.toString('latin1', 0, readSync(file, line, 0, line.length, 0)))
}

/** The line is: time on a processor, time of waiting for one (both ns), number of turns. */
function waitedMs(line: string): number {
  const [, waited] = line.split(' ')
  return Number(waited) / 1e6 || 0
}

function open(path: string): number {
  try {
    return openSync(path, 'r')
  } catch {
    return -1
  }
}
