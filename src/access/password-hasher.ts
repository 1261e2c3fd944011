import { Worker } from 'node:worker_threads'
import type { Cancel, Runtime } from '../event/runtime.js'

/** The scrypt parameters. They are stored with each hash, so that they can be raised later. */
export interface Cost {
  N: number
  r: number
  p: number
}

export const HASH_BYTES = 32
/** A hash takes 128·N·r bytes, and only one is made at a time. */
const MAX_MEMORY = 192 * 2 ** 20
/** An idle thread takes some MiB, so it ends after this time, ms. */
const IDLE = 60_000
/** On a busy machine a thread of this priority gets a third of what others get: a login must not take for ever there. */
export const NICE = 5

/** In a thread, since a priority applies to one, and Linux takes the number of a thread for that of a process. */
const PROGRAM = `
  const { readlinkSync } = process.getBuiltinModule('node:fs')
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { scryptSync } = process.getBuiltinModule('node:crypto')
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    process.getBuiltinModule('node:os').setPriority(thread, ${NICE})
  } catch {
    // Other systems have no such file, and some services may not set priorities.
  }
  parentPort.on('message', ({ password, salt, cost }) => {
    const hash = scryptSync(password, salt, ${HASH_BYTES}, { ...cost, maxmem: ${MAX_MEMORY} })
    parentPort.postMessage(hash)
  })
`

/**
 * Hashes passwords with scrypt in a thread of low priority. The threads that Node shares among files, names and hashes
 * would hold up writes to the log, and those of equal priority the event loop, where there are few processors.
 */
export class PasswordHasher {
  readonly #runtime: Runtime
  #thread: Worker | undefined
  #cancelEnd: Cancel | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Only one at a time. */
  async hash(password: string, salt: Uint8Array, cost: Cost): Promise<Buffer> {
    this.#cancelEnd?.()
    this.#thread ??= this.#start()
    const thread = this.#thread
    thread.ref()
    try {
      return await answerOf(thread, { password: password.normalize('NFKC'), salt, cost })
    } finally {
      thread.unref()
      this.#cancelEnd = this.#runtime.after(IDLE, () => this.#end(thread))
    }
  }

  #start(): Worker {
    const thread = new Worker(PROGRAM, { eval: true, env: {}, execArgv: [] })
    thread.once('error', () => this.#end(thread))
    return thread
  }

  #end(thread: Worker): void {
    if (this.#thread === thread) this.#thread = undefined
    void thread.terminate()
  }
}

function answerOf(thread: Worker, request: object): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      thread.off('message', answered).off('error', failed).off('exit', ended)
      reject(error)
    }
    const ended = () => failed(new Error('the thread that hashes passwords has ended'))
    const answered = (hash: Uint8Array) => {
      thread.off('error', failed).off('exit', ended)
      resolve(Buffer.from(hash))
    }
    thread.once('message', answered).once('error', failed).once('exit', ended)
    thread.postMessage(request)
  })
}
