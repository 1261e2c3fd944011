import { Worker } from 'node:worker_threads'
import type { Done, ThreadData } from './messages.js'
import type { RewriteWork } from './rewrite-segment.js'
import { threadFile } from './thread-file.js'

/** Chunks have at most 256 KB, and those of 2 MB wait for their commit; longer frames are passed through. */
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

/** The reason for which a segment was not rewritten. */
export class RewriteFault extends Error {
  /** True if the segment is damaged, so that another attempt is in vain. */
  readonly isDamage: boolean

  constructor(message: string, isDamage = false) {
    super(message)
    this.isDamage = isDamage
  }
}

/** Rewrites a segment in a thread of its own at the lowest priority, which ends afterwards. */
export function rewriteInThread(entry: URL = threadFile): RewriteWork {
  return (task, signal) => {
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const workerData: ThreadData = { task, stop }
    const thread = new Worker(entry, { workerData, resourceLimits: LIMITS, env: {}, execArgv: [] })
    thread.unref()
    const stopped = () => {
      Atomics.store(stop, 0, 1)
      // The log that closes waits for the end of the thread.
      thread.ref()
    }
    signal.addEventListener('abort', stopped)
    return answerOf(thread).finally(() => signal.removeEventListener('abort', stopped))
  }
}

/** Settles when the thread has ended: until then it uses the folders. */
function answerOf(thread: Worker): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let done: Done | undefined
    let fault: Error = new RewriteFault('the thread has ended before it was done')
    thread.once('message', (message: Done) => {
      done = message
    })
    thread.once('error', (error) => {
      fault = error
    })
    thread.once('exit', () => {
      if (done === undefined) reject(fault)
      else if ('bytes' in done) resolve(done.bytes)
      else reject(new RewriteFault(done.error.message, done.error.isDamage))
    })
  })
}
