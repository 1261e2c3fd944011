import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of the benchmark that answers calls. */
export interface Child {
  readonly pid: number
  call<Result = unknown>(method: string, ...params: unknown[]): Promise<Result>
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
}

interface Answer {
  id: number
  result?: unknown
  error?: string
}

/**
 * Starts a process.
 * @param role name of a file in bench/roles
 * @param nodeFlags flags of Node, if the measurement needs other settings than the product
 */
export async function startChild(role: string, options: object, nodeFlags?: string[]): Promise<Child> {
  const path = fileURLToPath(new URL(`../roles/${role}.js`, import.meta.url))
  const process = fork(path, [], {
    ...(nodeFlags && { execArgv: nodeFlags }),
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const child = new CallingChild(role, process)
  await child.call('start', options)
  return child
}

class CallingChild implements Child {
  readonly #role: string
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  #lastId = 0

  constructor(role: string, process: ChildProcess) {
    this.#role = role
    this.#process = process
    process.on('message', (message) => this.#settle(message as Answer))
    process.once('exit', (code, signal) => this.#gone(`${role} ended with ${signal ?? code}`))
  }

  get pid(): number {
    return this.#process.pid!
  }

  call<Result>(method: string, ...params: unknown[]): Promise<Result> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (!this.#process.connected) return this.#gone(`${this.#role} is gone`)
      this.#process.send({ id, method, params })
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await exited
  }

  #settle({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result as never)
    else waiting?.reject(new Error(`${this.#role}: ${error}`))
  }

  #gone(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason))
    this.#waiting.clear()
  }
}

type Handler = (...params: never[]) => unknown

/** Answers calls by name, in a role. `start` is called first. */
export function serveCalls(handlers: Record<string, Handler>): void {
  process.on('message', async (message) => {
    const { id, method, params } = message as { id: number; method: string; params: never[] }
    try {
      process.send!({ id, result: await handlers[method](...params) })
    } catch (error) {
      process.send!({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.once('disconnect', () => process.exit())
}
