import type { Runtime } from '../event/runtime.js'
import type { Gap } from './reports.js'
import type { SourceHost } from './source.js'

const PAUSE_MS = 1_000
const MAX_BYTES = 512 * 1024

interface StoredPosition {
  position?: unknown
  /** Gaps that could not be published before the source stopped. */
  gaps?: Gap[]
}

/** The position of one source in the state store, which is written at most once a second. */
export class SourcePosition {
  readonly #host: SourceHost
  readonly #runtime: Runtime
  readonly #key: string
  #read: (() => unknown) | undefined
  #stored: StoredPosition = {}
  #changed = false
  #waiting = false
  #writing: Promise<void> = Promise.resolve()
  /** Why the last attempt to store the position failed. */
  fault: string | undefined

  constructor(host: SourceHost, name: string) {
    this.#host = host
    this.#runtime = host.runtime
    this.#key = name
  }

  async load(): Promise<StoredPosition> {
    await this.#writing
    const entry = await this.#host.positions.get(this.#key)
    this.#stored = entry ? parse(entry.value) : {}
    return this.#stored
  }

  moved(read: () => unknown): void {
    this.#read = read
    this.#changed = true
    if (this.#waiting) return
    this.#waiting = true
    this.#runtime.after(PAUSE_MS, () => {
      this.#waiting = false
      // A failed write leaves the change marked and is repeated after the next pause.
      this.keep().catch(() => this.#read && this.moved(this.#read))
    })
  }

  keep(): Promise<void> {
    return this.#enqueue(async () => {
      if (!this.#changed || !this.#read) return
      this.#changed = false
      try {
        const position = this.#read()
        await this.#write({ ...this.#stored, position })
      } catch (error) {
        this.#changed = true
        throw error
      }
    })
  }

  /** Stores gaps beside the position, for the next start. An empty list removes them. */
  keepGaps(gaps: Gap[]): Promise<void> {
    return this.#enqueue(async () => {
      if (gaps.length === 0 && !this.#stored.gaps?.length) return
      await this.#write({ ...this.#stored, gaps })
    })
  }

  /** Releases the instance whose position was read, when it has ended. */
  release(): void {
    this.#read = undefined
    this.#changed = false
  }

  async #write(kept: StoredPosition): Promise<void> {
    try {
      await this.#host.settled()
      const value = new TextEncoder().encode(JSON.stringify(kept))
      if (value.length > MAX_BYTES)
        throw new Error(`the position has ${value.length} bytes; ${MAX_BYTES} are allowed`)
      await this.#host.positions.put(this.#key, value)
      this.#stored = kept
      this.fault = undefined
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error)
      throw error
    }
  }

  /** Runs one write at a time, in order. */
  #enqueue(write: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(write)
    this.#writing = done.catch(() => {})
    return done
  }
}

function parse(value: Uint8Array): StoredPosition {
  try {
    const kept: unknown = JSON.parse(new TextDecoder().decode(value))
    return typeof kept === 'object' && kept !== null ? kept : {}
  } catch {
    return {}
  }
}
