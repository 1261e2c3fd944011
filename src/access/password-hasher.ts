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
/** Hashes that a thread makes at the priority of the hub: on a busy machine, a login must not take for minutes. */
export const FEW = 8
/** Later ones get a third of what others get: whoever tries passwords must not hold up the event loop. */
export const NICE = 5

/** In a thread, since a priority applies to one, and Linux takes the number of a thread for that of a process. */
const PROGRAM = `
  const { readlinkSync } = process.getBuiltinModule('node:fs')
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const { scryptSync } = process.getBuiltinModule('node:crypto')
  const giveWay = () => {
    try {
      const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
      process.getBuiltinModule('node:os').setPriority(thread, ${NICE})
    } catch {
      // Other systems have no such file, and some services may not set priorities.
    }
  }
  let made = 0
  parentPort.on('message', ({ password, salt, cost }) => {
    // Without rights, a thread cannot go back to a higher priority: the next one has it again.
    if (made++ === ${FEW}) giveWay()
    const hash = scryptSync(password, salt, ${HASH_BYTES}, { ...cost, maxmem: ${MAX_MEMORY} })
    parentPort.postMessage(hash)
  })
`

/**
 * Hashes passwords with scrypt in a thread of its own, which gives way to all others when it has much to do. The threads
 * that Node shares among files, names and hashes would hold up writes to the log, and those of equal priority the event
 * loop, where there are few processors.
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
