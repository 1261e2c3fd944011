import { z } from 'zod'
import { messageOf } from '../../errors/thrown.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { openToRead } from '../files/follower.js'
import { SendProgress } from './send-progress.js'

const CHUNK_BYTES = 64 * 1024
const MAX_CHUNKS = 16
const MAX_RUNNING = 32
/** A replication whose end the log does not tell is forgotten after this time without output. */
const QUIET_MS = 6 * 3_600_000

/** The running replications, as kept across restarts. */
const keptReplications = z
  .array(
    z.object({
      dataset: z.string(),
      file: z.string(),
      offset: z.int().min(0),
      total: z.string().optional(),
      last: z.string().optional(),
    }),
  )
  .max(MAX_RUNNING)

interface Running {
  file: string
  offset: number
  progress: SendProgress
  /** ms of the monotonic clock */
  heard: number
}

export interface ReplicationsOptions {
  runtime: Runtime
  /** ms */
  every: number
  publish(message: string): void
  moved(): void
}

/** Follows the output of the replications that run. */
export class Replications {
  readonly #options: ReplicationsOptions
  readonly #running = new Map<string, Running>()
  readonly #faults = new Map<string, string>()
  #timer: Cancel | undefined
  #work: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: ReplicationsOptions) {
    this.#options = options
  }

  get faults(): string[] {
    return [...this.#faults.values()]
  }

  position(): z.output<typeof keptReplications> {
    return [...this.#running].map(([dataset, { file, offset, progress }]) => ({
      dataset,
      file,
      offset,
      ...progress.totals,
    }))
  }

  resume(kept: unknown): void {
    for (const { dataset, file, offset, ...totals } of keptReplications.safeParse(kept).data ?? []) {
      this.#add(dataset, file, offset, new SendProgress(totals))
    }
  }

  started(dataset: string, file: string): void {
    if (!file.startsWith('/') || file.includes('\0')) return
    this.#faults.delete(dataset)
    this.#running.delete(dataset)
    if (this.#running.size >= MAX_RUNNING) {
      this.#faults.set(dataset, `more than ${MAX_RUNNING} replications run; no progress for ${dataset}`)
    } else this.#add(dataset, file, 0, new SendProgress())
    this.#options.moved()
  }

  ended(dataset: string): void {
    this.#faults.delete(dataset)
    if (this.#running.delete(dataset)) this.#options.moved()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.()
    await this.#work
  }

  #add(dataset: string, file: string, offset: number, progress: SendProgress): void {
    const heard = this.#options.runtime.monotonic()
    this.#running.set(dataset, { file, offset, progress, heard })
    this.#later()
  }

  #later(): void {
    if (this.#stopped || this.#running.size === 0) return
    this.#timer ??= this.#options.runtime.after(this.#options.every, () => {
      this.#work = this.#readAll().finally(() => {
        this.#timer = undefined
        this.#later()
      })
    })
  }

  async #readAll(): Promise<void> {
    for (const [dataset, running] of this.#running) {
      try {
        await this.#read(dataset, running)
        this.#faults.delete(dataset)
      } catch (error) {
        this.#faults.set(dataset, `${running.file}: ${messageOf(error)}`)
      }
      if (this.#options.runtime.monotonic() - running.heard >= QUIET_MS) this.ended(dataset)
    }
  }

  async #read(dataset: string, running: Running): Promise<void> {
    const text = await newText(running)
    if (text === '' || this.#stopped || this.#running.get(dataset) !== running) return
    running.heard = this.#options.runtime.monotonic()
    const message = running.progress.add(text)
    if (message) this.#options.publish(message)
    this.#options.moved()
  }
}

/** Reads what was appended. Of very much, the middle is left out: only the total and the newest progress count. */
async function newText(running: Running): Promise<string> {
  const file = await openToRead(running.file)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error('is not a file')
    if (found.size < running.offset) running.offset = 0
    let text = ''
    for (let chunk = 0; chunk < MAX_CHUNKS && running.offset < found.size; chunk++) {
      if (chunk === MAX_CHUNKS - 1) running.offset = Math.max(running.offset, found.size - CHUNK_BYTES)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, running.offset)
      if (bytesRead === 0) break
      running.offset += bytesRead
      text += buffer.toString('latin1', 0, bytesRead)
    }
    return text
  } finally {
    await file.close()
  }
}
