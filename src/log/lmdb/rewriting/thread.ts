/** The thread that rewrites a segment of the log, while the hub continues with its work. */
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Done, ThreadData } from './messages.js'

const { task, stop } = workerData as ThreadData
const signal = {
  get aborted() {
    return Atomics.load(stop, 0) === 1
  },
}

lowerPriority()
// Imported after that: to load the modules takes longer than to rewrite a small segment.
void import('./rewrite-segment.js').then(async ({ rewriteSegment, describeFault }) => {
  const done: Done = await rewriteSegment(task, signal).then(
    (bytes) => ({ bytes }),
    (thrown) => ({ error: describeFault(thrown) }),
  )
  parentPort?.postMessage(done)
})

/** Linux takes the number of a thread for that of a process, so this lowers the thread alone. */
function lowerPriority(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, constants.priority.PRIORITY_LOW)
  } catch {
    // Other systems have no such file, and some services may not set priorities.
  }
}
