import type { Runtime } from '../event/runtime.js'
import type { Gap } from './reports.js'
import type { SourceHost } from './source.js'

const PAUSE = 1_000
const MAX_BYTES = 512 * 1024

interface Kept {
  position?: unknown
  /** Gaps that could not be published before the stop. */
  gaps?: Gap[]
}

/** Keeps the position of one source in the state store, at most once a second. */
export class PositionKeeper {
  readonly #host: SourceHost
  readonly #runtime: Runtime
  readonly #key: string
  #read: (() => unknown) | undefined
  #kept: Kept = {}
  #changed = false
  #waiting = false
  #writing: Promise<void> = Promise.resolve()
  /** Why the last attempt to keep the position failed. */
  fault: string | undefined

  constructor(host: SourceHost, name: string) {
    this.#host = host
    this.#runtime = host.runtime
    this.#key = name
  }

  async load(): Promise<Kept> {
    await this.#writing
    const entry = await this.#host.positions.get(this.#key)
    this.#kept = entry ? parse(entry.value) : {}
    return this.#kept
  }

  moved(read: () => unknown): void {
    this.#read = read
    this.#changed = true
    if (this.#waiting) return
    this.#waiting = true
    this.#runtime.after(PAUSE, () => {
      this.#waiting = false
      // A failed write leaves the change marked and is tried again after the next pause.
      this.keep().catch(() => this.#read && this.moved(this.#read))
    })
  }

  keep(): Promise<void> {
    return this.#enqueue(async () => {
      if (!this.#changed || !this.#read) return
      this.#changed = false
      const position = this.#read()
      try {
        await this.#write({ ...this.#kept, position })
      } catch (error) {
        this.#changed = true
        throw error
      }
    })
  }

  /** Keeps gaps for the next run, beside the position; an empty list forgets them. */
  keepGaps(gaps: Gap[]): Promise<void> {
    return this.#enqueue(async () => {
      if (gaps.length === 0 && !this.#kept.gaps?.length) return
      await this.#write({ ...this.#kept, gaps })
    })
  }

  /** Forgets how to read the position of an instance that has ended. */
  release(): void {
    this.#read = undefined
    this.#changed = false
  }

  async #write(kept: Kept): Promise<void> {
    try {
      await this.#host.settled()
      const value = new TextEncoder().encode(JSON.stringify(kept))
      if (value.length > MAX_BYTES)
        throw new Error(`the position has ${value.length} bytes, ${MAX_BYTES} are allowed`)
      await this.#host.positions.put(this.#key, value)
      this.#kept = kept
      this.fault = undefined
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  /** One write at a time, in order. */
  #enqueue(write: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(write)
    this.#writing = done.catch(() => {})
    return done
  }
}

function parse(value: Uint8Array): Kept {
  try {
    const kept: unknown = JSON.parse(new TextDecoder().decode(value))
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    return {}
  }
}
