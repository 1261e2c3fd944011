import { TocsinError } from '../errors/tocsin-error.js'
import { frameBytes, frameSeq } from '../event/frame.js'
import type { FrameWriter } from '../event/frame-writer.js'
import type { Runtime } from '../event/runtime.js'
import type { BusApi, PublisherApi, PublisherEvents } from './api.js'
import type { Principal } from './principal.js'

export interface RequestPublisherOptions {
  bus: BusApi
  runtime: Runtime
  principal: Principal
  /** Name under which the hub remembers the counters; without it they are those of this request only. */
  producer?: string
  refused(counter: number, error: TocsinError): void
}

/** Counters and seqs that rise together: `counter` to `counter + length - 1` stand at `seq` and after. */
export interface Run {
  counter: number
  seq: number
  length: number
}

/** Counters without a hole between them. */
interface Piece {
  first: number
  last: number
  /** Those among them that were refused, rising. */
  refused: number[]
}

/** How long a request waits for a hub that takes no events, ms. */
const PATIENCE = 5000

/** Publishes the events of one request and knows what became of each. */
export class RequestPublisher {
  readonly #publisher: PublisherApi
  readonly #options: RequestPublisherOptions
  /** Stored before this request, by an earlier one of the same name. */
  readonly repeated: number
  #accepted = 0
  #durable = 0
  readonly #stop = new AbortController()
  /** Sent and not all accepted, oldest first. */
  readonly #pieces: Piece[] = []
  #taken = 0
  #wake: (() => void) | undefined
  /** Where the events are, as far as that is known; the last ones when there are too many. */
  readonly runs: Run[] = []

  constructor(options: RequestPublisherOptions) {
    this.#options = options
    const { bus, principal, producer } = options
    this.#publisher = bus.publisher(principal, { producer, events: this.#events() })
    this.repeated = this.#publisher.lastCounter
  }

  /** Aborted with the reason when nothing more can be published. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Events that the log has. */
  get acceptedCount(): number {
    const [half] = this.#pieces
    return this.#taken + (half === undefined ? 0 : takenOf(half, this.#accepted))
  }

  /** Why this frame would be refused; undefined where it would not. */
  refusalOf(bytes: Uint8Array, at: number): TocsinError | undefined {
    return this.#publisher.refusalOf(bytes, at)
  }

  /** Throws when the hub takes no events for longer than a request can wait. */
  async send(writer: Pick<FrameWriter, 'take'>): Promise<void> {
    for (let piece = writer.take(); piece !== undefined; piece = writer.take()) {
      await this.#room()
      const { bytes, first, last } = piece
      const sent: Piece = { first, last, refused: [] }
      this.#pieces.push(sent)
      if (first <= this.repeated) this.#refuseAgain(bytes)
      this.#publisher.publish(bytes, 0, bytes.length)
      this.#cutRefused(sent)
    }
    this.signal.throwIfAborted()
  }

  /** The hub remembers how far it came, not what it refused on the way: it must not be taken for stored. */
  #refuseAgain(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) {
      const counter = frameSeq(bytes, at)
      if (counter > this.repeated) return
      const refusal = this.#publisher.refusalOf(bytes, at)
      if (refusal !== undefined) this.#refuse(counter, refusal)
    }
  }

  #refuse(counter: number, error: TocsinError): void {
    this.#pieces.findLast(({ first }) => first <= counter)?.refused.push(counter)
    this.#options.refused(counter, error)
  }

  /** What is refused at the end of a piece is not waited for: nothing will say that it was accepted. */
  #cutRefused(piece: Piece): void {
    while (piece.refused.at(-1) === piece.last) {
      piece.refused.pop()
      piece.last--
    }
    if (piece.last < piece.first) this.#pieces.pop()
  }

  /** Everything sent is stored in order, or refused. */
  accepted(): Promise<void> {
    return this.#until(() => this.#pieces.length === 0)
  }

  async durable(): Promise<void> {
    const counter = this.#accepted
    if (counter === 0) return
    this.#publisher.awaitDurable(counter)
    await this.#until(() => this.#durable >= counter)
  }

  close(): void {
    this.#publisher.close()
  }

  /** Waits for nothing while the hub takes events. */
  async #room(): Promise<void> {
    this.signal.throwIfAborted()
    if (!this.#publisher.paused) return
    const cancel = this.#options.runtime.after(PATIENCE, () => {
      this.#fail(new TocsinError('TCN_BUS_SUSPENDED'))
    })
    await this.#until(() => !this.#publisher.paused).finally(cancel)
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #accept(counter: number): void {
    this.#accepted = Math.max(this.#accepted, counter)
    while (this.#pieces.length > 0 && this.#pieces[0].last <= this.#accepted) {
      const piece = this.#pieces.shift()!
      this.#taken += takenOf(piece, piece.last)
    }
  }

  #fail(error: TocsinError): void {
    this.#stop.abort(error)
    this.#wake?.()
  }

  #events(): PublisherEvents {
    return {
      accepted: (counter, seq, run) => {
        this.#accept(counter)
        if (seq > 0) this.#keep(counter, seq, Math.max(run, 1))
        this.#wake?.()
      },
      durable: (counter) => {
        this.#durable = counter
        this.#wake?.()
      },
      refused: (counter, error, stage) => {
        if (stage === 'accept') this.#refuse(counter, error)
        // The log took nothing of what it was given: what comes after it may not overtake it.
        if (stage === 'durable' || error.code.startsWith('TCN_LOG_')) this.#fail(error)
        this.#wake?.()
      },
      gateDone: () => {},
      resumed: () => this.#wake?.(),
      closed: (code, message) => {
        this.#fail(new TocsinError(code === 'STOP' ? 'TCN_BUS_CLOSED' : code, message))
      },
    }
  }

  #keep(counter: number, seq: number, length: number): void {
    const last = this.runs[this.runs.length - 1]
    const first = counter - length + 1
    if (
      last !== undefined &&
      last.counter + last.length === first &&
      last.seq + last.length === seq - length + 1
    )
      last.length += length
    else this.runs.push({ counter: first, seq: seq - length + 1, length })
    if (this.runs.length > MAX_RUNS) this.runs.splice(1, 1)
  }
}

const MAX_RUNS = 10_000

/** How many up to this counter are stored. */
function takenOf({ first, refused }: Piece, upTo: number): number {
  if (upTo < first) return 0
  return upTo - first + 1 - refused.filter((counter) => counter <= upTo).length
}
