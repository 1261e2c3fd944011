import { toTocsinError } from '../../errors/tocsin-error.js'
import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import { StreamPull } from '../../storage/nats/stream-pull.js'
import type { FrameRange } from '../frame-range.js'
import type { FrameSource } from '../frame-reader.js'
import { NotReady } from '../not-ready.js'
import { MessageFrame } from './message-frame.js'
import type { RecentFrames } from './recent-frames.js'

/** Bytes read at once, if the messages are of the size expected. */
const WANTED_BYTES = 256 * 1024
const MIN_MESSAGES = 8
const MAX_MESSAGES = 1000
const EXPECTED_BYTES = 4096
const NONE = { bytes: Buffer.alloc(0), start: 0, end: 0, count: 0, firstSeq: 0, lastSeq: -1 } as const

/** Frames of a part of the stream, and the places that they are all events of. */
interface Part {
  frames: FrameRange
  from: number
  to: number
}

export interface SourceOptions {
  link: NatsLink
  api: JetStreamApi
  stream: string
  recent: RecentFrames
  /** The last event that the read can reach. */
  last: number
  /** Called when the stream does not have the places that a read begins with: the log may begin later than is known. */
  passed(): Promise<unknown>
}

/** Takes the frames of one read from memory, or from the stream, some at a time. */
export class StreamSource implements FrameSource {
  readonly #options: SourceOptions
  readonly #pull: StreamPull
  #part: Part | undefined
  #failure: unknown
  #messages = Math.ceil(WANTED_BYTES / EXPECTED_BYTES)
  #isReleased = false

  constructor(options: SourceOptions) {
    this.#options = options
    this.#pull = new StreamPull(options.link, options.api, options.stream)
  }

  find(seq: number, backwards: boolean): FrameRange | undefined {
    const { recent } = this.#options
    if (seq >= recent.first) {
      const slab = recent.ring.find(seq, backwards)
      if (slab !== undefined || !backwards) return slab
    }
    return this.#fromStream(backwards ? Math.min(seq, recent.first - 1) : seq, backwards)
  }

  release(): void {
    this.#isReleased = true
    this.#pull.close()
  }

  #fromStream(seq: number, backwards: boolean): FrameRange | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const part = this.#part
    if (part === undefined || seq < part.from || seq > part.to) throw this.#load(seq, backwards)
    const { frames } = part
    if (backwards ? frames.firstSeq <= seq && frames.count > 0 : frames.lastSeq >= seq) return frames
    const next = backwards ? part.from - 1 : part.to + 1
    if (backwards ? next < 1 : next > this.#options.last) return undefined
    throw this.#load(next, backwards)
  }

  #load(seq: number, backwards: boolean): NotReady {
    const loading = (backwards ? this.#before(seq) : this.#from(seq)).then(
      (part) => {
        this.#part = part
        if (this.#isReleased) this.#pull.close()
      },
      (thrown) => {
        this.#failure = toTocsinError(thrown, 'TCN_NATS_UNREACHABLE')
      },
    )
    return new NotReady(loading)
  }

  /** Passes places without events, since the reader asks again for the first one that it wants. */
  async #from(seq: number): Promise<Part> {
    for (let at = seq; ; ) {
      const { part, next } = await this.#read(at, this.#messages, Number.POSITIVE_INFINITY)
      if (next > this.#options.last) return { frames: part, from: seq, to: Number.POSITIVE_INFINITY }
      if (part.count > 0 || this.#isReleased) return { frames: part, from: seq, to: next - 1 }
      at = next
    }
  }

  async #before(seq: number): Promise<Part> {
    for (let to = seq; ; ) {
      const from = Math.max(1, to - this.#messages + 1)
      const { part } = await this.#read(from, to - from + 1, to)
      if (part.count > 0 || from === 1 || this.#isReleased) return { frames: part, from, to: seq }
      to = from - 1
    }
  }

  async #read(from: number, messages: number, to: number): Promise<{ part: FrameRange; next: number }> {
    const builder = new FrameBuilder()
    const stored = Math.min(this.#options.last, to)
    let expected = from
    let isWhole = true
    const next = await this.#pull.read(from, messages, stored, (message, { seq, time }) => {
      if (seq !== expected) isWhole = false
      expected = seq + 1
      if (seq <= to) builder.add(message, seq, time)
    })
    if (!isWhole || (next > stored && expected <= stored)) await this.#options.passed()
    this.#adjust(builder.bytes)
    return { part: builder.range() ?? NONE, next }
  }

  /** Reads more messages at once if they are small, and fewer if they are large. */
  #adjust(bytes: number): void {
    if (bytes > 2 * WANTED_BYTES) this.#messages = Math.max(MIN_MESSAGES, this.#messages >> 1)
    else if (bytes < WANTED_BYTES / 2) this.#messages = Math.min(MAX_MESSAGES, this.#messages << 1)
  }
}

/** Writes the frames of messages one after another. */
class FrameBuilder {
  readonly #frame = new MessageFrame()
  #memory = Buffer.allocUnsafeSlow(64 * 1024)
  #end = 0
  #count = 0
  #firstSeq = 0
  #lastSeq = 0

  get bytes(): number {
    return this.#end
  }

  add(message: RawMessage, seq: number, time: number): void {
    const frame = this.#frame
    if (!frame.read(message, seq)) return
    const end = this.#end + frame.bytes
    if (end > this.#memory.length) this.#grow(end)
    frame.write(this.#memory, this.#end, seq, time)
    this.#end = end
    if (this.#count++ === 0) this.#firstSeq = seq
    this.#lastSeq = seq
  }

  range(): FrameRange | undefined {
    if (this.#count === 0) return undefined
    const [bytes, start, end, count] = [this.#memory, 0, this.#end, this.#count]
    return { bytes, start, end, count, firstSeq: this.#firstSeq, lastSeq: this.#lastSeq }
  }

  #grow(needed: number): void {
    const memory = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#memory.length))
    this.#memory.copy(memory, 0, 0, this.#end)
    this.#memory = memory
  }
}
