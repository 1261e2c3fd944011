import { z } from 'zod'
import { messageOf } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import type { Gap } from './reports.js'
import type { ReadPosition, SourceHost } from './source.js'

const PAUSE_MS = 1_000
const MAX_BYTES = 512 * 1024

const record = z.object({
  position: z.unknown().optional(),
  /** Gaps that could not be published before the source stopped. */
  gaps: z
    .array(z.object({ from: z.string(), to: z.string(), count: z.number().nullable(), reason: z.string() }))
    .optional(),
})
type StoredPosition = z.output<typeof record>

/** The position of one source in the state store, which is written at most once a second. */
export class SourcePosition {
  readonly #host: SourceHost
  readonly #runtime: Runtime
  readonly #key: string
  #read: (() => unknown) | undefined
  /** Where the last instance ended, if that could not be stored: what came before it has been published. */
  #unwritten: { position: unknown } | undefined
  #stored: StoredPosition = {}
  #changed = false
  #waiting = false
  #writing: Promise<void> = Promise.resolve()
  /** Why the last attempt to store the position failed. */
  fault: string | undefined

  /** A position is stored after that resolves. */
  readonly #before: () => Promise<void>

  constructor(host: SourceHost, name: string, before: () => Promise<void> = async () => undefined) {
    this.#before = before
    this.#host = host
    this.#runtime = host.runtime
    this.#key = name
  }

  /**
   * A position that `read` cannot read counts as none, and is reported. One that could not be stored is returned unless
   * another hub has stored its own since.
   */
  async load<Position>(
    read: ReadPosition<Position> = (stored) => stored as Position,
  ): Promise<{ position: Position | undefined; gaps: Gap[] }> {
    await this.#writing
    const { positions } = this.#host
    const [known, unwritten] = [textOf(this.#stored), this.#unwritten]
    this.#unwritten = undefined
    const entry = await positions.get(this.#key)
    this.#stored = {}
    try {
      if (entry !== undefined) this.#stored = parse(entry.value)
      const isKnown = textOf(this.#stored) === known
      const { position } = unwritten !== undefined && isKnown ? unwritten : this.#stored
      const { gaps = [] } = this.#stored
      return { position: position === undefined ? undefined : read(position), gaps }
    } catch (thrown) {
      positions.reportDamage(this.#key, thrown)
      const { gaps = [] } = this.#stored
      this.#stored = { gaps }
      return { position: undefined, gaps }
    }
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
      const position = this.#read()
      try {
        await this.#write({ ...this.#stored, position })
      } catch (error) {
        if (this.#read === undefined) this.#unwritten ??= asStored(position)
        else this.#changed = true
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
    if (this.#changed && this.#read !== undefined) this.#unwritten = asStored(this.#read())
    this.#read = undefined
    this.#changed = false
  }

  async #write(kept: StoredPosition): Promise<void> {
    try {
      await this.#before()
      await this.#host.settled()
      const value = new TextEncoder().encode(JSON.stringify(kept))
      if (value.length > MAX_BYTES)
        throw new Error(`the position has ${value.length} bytes; ${MAX_BYTES} are allowed`)
      await this.#host.positions.put(this.#key, value)
      this.#stored = kept
      this.fault = undefined
    } catch (error) {
      this.fault = messageOf(error)
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

function asStored(position: unknown): { position: unknown } {
  return JSON.parse(JSON.stringify({ position }))
}

function textOf({ position, gaps = [] }: StoredPosition): string {
  return JSON.stringify([position, gaps])
}

/** Throws if the value is no record of a position. */
function parse(value: Uint8Array): StoredPosition {
  const { position, gaps } = record.parse(JSON.parse(new TextDecoder().decode(value)))
  return { ...(position !== undefined && { position }), ...(gaps !== undefined && { gaps }) }
}
