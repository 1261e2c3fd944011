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
  #stored: StoredPosition = {}
  #changed = false
  #waiting = false
  #isReleased = false
  #writing: Promise<void> = Promise.resolve()
  /** Why the last attempt to store the position failed. */
  fault: string | undefined

  /** A position is stored after that resolves. */
  readonly #before: () => Promise<void>
  /** Publishes the gaps that wait, and returns whether none is left. */
  readonly #publishGaps: () => boolean

  constructor(
    host: SourceHost,
    name: string,
    before: () => Promise<void> = async () => undefined,
    publishGaps: () => boolean = () => true,
  ) {
    this.#before = before
    this.#publishGaps = publishGaps
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
    return this.#enqueue(async () => {
      const { positions } = this.#host
      const entry = await positions.get(this.#key)
      const known = textOf(this.#stored)
      this.#stored = {}
      try {
        if (entry !== undefined) this.#stored = parse(entry.value)
        if (textOf(this.#stored) !== known) this.#forget()
        const { position: stored, gaps = [] } = this.#stored
        const position = this.#changed && this.#read !== undefined ? this.#read() : stored
        return { position: position === undefined ? undefined : read(position), gaps }
      } catch (thrown) {
        this.#forget()
        positions.reportDamage(this.#key, thrown)
        const { gaps = [] } = this.#stored
        this.#stored = { gaps }
        return { position: undefined, gaps }
      }
    })
  }

  /** False before the very first one. */
  get isStored(): boolean {
    return this.#stored.position !== undefined
  }

  moved(read: () => unknown): void {
    this.#isReleased = false
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

  /** The position may be behind a gap, which a crash must not lose: without `gaps`, all are published before. */
  keep(gaps?: Gap[]): Promise<void> {
    return this.#enqueue(async () => {
      if (!this.#changed || !this.#read) return
      const position = this.#read()
      this.#changed = false
      try {
        if (gaps === undefined && !this.#publishGaps()) throw new Error('gaps wait to be published')
        await this.#write({ ...this.#stored, position, gaps: gaps ?? [] })
      } catch (error) {
        this.#missed(position)
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

  /** Stores the gaps, and the position if that has not been possible yet. */
  async keepAll(gaps: Gap[]): Promise<void> {
    await this.keep(gaps).catch(nothing)
    await this.keepGaps(gaps)
  }

  /** The instance has ended. What it has not stored is where the next one begins, and is stored as soon as that works. */
  hold(): void {
    const read = this.#read
    this.#read = undefined
    if (!this.#changed || read === undefined) return
    try {
      this.#missed(read())
    } catch {
      // A source that cannot say where it is begins where it was stored last.
      this.#changed = false
    }
  }

  /** The source has stopped, or another hub runs it. */
  release(): void {
    this.#isReleased = true
    this.#forget()
  }

  #forget(): void {
    this.#read = undefined
    this.#changed = false
  }

  /** The position has not been stored. If its instance has ended meanwhile, it is kept as it is now. */
  #missed(position: unknown): void {
    if (this.#isReleased) return
    this.#changed = true
    if (this.#read !== undefined) return
    const kept = asStored(position)
    this.moved(() => kept)
  }

  async #write(kept: StoredPosition): Promise<void> {
    try {
      await this.#before()
      await this.#host.settled()
      const value = new TextEncoder().encode(JSON.stringify(kept))
      if (value.length > MAX_BYTES)
        throw new Error(`the position has ${value.length} bytes; ${MAX_BYTES} are allowed`)
      await this.#host.positions.put(this.#key, value)
      this.#stored = parse(value)
      this.fault = undefined
    } catch (error) {
      this.fault = messageOf(error)
      throw error
    }
  }

  /** Reads and writes one at a time, in order. */
  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#writing.then(work)
    this.#writing = done.then(nothing, nothing)
    return done
  }
}

function nothing(): void {}

function asStored(position: unknown): unknown {
  return position === undefined ? undefined : JSON.parse(JSON.stringify(position))
}

function textOf({ position, gaps = [] }: StoredPosition): string {
  return JSON.stringify([position, gaps])
}

/** Throws if the value is no record of a position. */
function parse(value: Uint8Array): StoredPosition {
  const { position, gaps } = record.parse(JSON.parse(new TextDecoder().decode(value)))
  return { ...(position !== undefined && { position }), ...(gaps !== undefined && { gaps }) }
}
