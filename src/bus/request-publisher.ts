import { TocsinError } from '../errors/tocsin-error.js'
import type { FrameLimits } from '../event/check.js'
import type { FrameWriter } from '../event/frame-writer.js'
import type { Runtime } from '../event/runtime.js'
import { isFinalRefusal } from '../log/final-refusal.js'
import type { BusApi, PublisherApi, PublisherEvents } from './api.js'
import type { Principal } from './principal.js'

export interface RequestPublisherOptions {
  bus: BusApi
  runtime: Runtime
  principal: Principal
  /** Name under which the hub keeps the counters; without it, they belong to this request only. */
  producer?: string
  /** The limits on its events; default: the limits of the bus. */
  limits?: FrameLimits
  refused(counter: number, error: TocsinError): void
}

/** Counters and seqs that rise together: `counter + n` has the seq `seq + n`, for all n below `length`. */
export interface CounterRange {
  counter: number
  seq: number
  length: number
}

/** A range of counters without a hole. */
interface SentRange {
  first: number
  last: number
  /** Counters in the range that were refused, in rising order. */
  refused: number[]
}

/** Time that a request waits for a hub that accepts no events, ms. */
const PATIENCE = 5000

/** Publishes the events of one request and tracks the outcome of each. */
export class RequestPublisher {
  readonly #publisher: PublisherApi
  readonly #options: RequestPublisherOptions
  /** Last counter that earlier requests of the same producer have stored. */
  readonly repeated: number
  #accepted = 0
  #durable = 0
  readonly #stop = new AbortController()
  /** Pieces that are sent, but not accepted completely; oldest first. */
  readonly #sent: SentRange[] = []
  #taken = 0
  #wake: (() => void) | undefined
  /** Seqs of the accepted events, as far as they are known; if there are too many runs, the first and the latest. */
  readonly ranges: CounterRange[] = []

  constructor(options: RequestPublisherOptions) {
    this.#options = options
    const { bus, principal, producer, limits } = options
    this.#publisher = bus.publisher(principal, { producer, limits, repeats: true, events: this.#events() })
    this.repeated = this.#publisher.lastCounter
  }

  /** Aborted with the reason when nothing more can be published. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Events of this request that are in the log. */
  get acceptedCount(): number {
    const [half] = this.#sent
    return this.#taken + (half === undefined ? 0 : takenOf(half, this.#accepted))
  }

  /** Returns why this frame would be refused; undefined if it would be accepted. */
  refusalOf(bytes: Uint8Array, at: number): TocsinError | undefined {
    return this.#publisher.refusalOf(bytes, at)
  }

  /** Sends the frames of the writer. Throws if the hub accepts no events for longer than a request can wait. */
  async send(writer: Pick<FrameWriter, 'take'>): Promise<void> {
    for (let piece = writer.take(); piece !== undefined; piece = writer.take()) {
      await this.#room()
      const { bytes, first, last, walked, given } = piece
      const sent: SentRange = { first, last, refused: [] }
      this.#sent.push(sent)
      this.#publisher.publish(bytes, 0, bytes.length, walked, given)
      this.#cutRefused(sent)
    }
    this.signal.throwIfAborted()
  }

  #refuse(counter: number, error: TocsinError): void {
    this.#sent.findLast(({ first }) => first <= counter)?.refused.push(counter)
    this.#options.refused(counter, error)
  }

  /** Removes refused counters from the end of a piece, because their acceptance will never be reported. */
  #cutRefused(piece: SentRange): void {
    while (piece.refused.at(-1) === piece.last) {
      piece.refused.pop()
      piece.last--
    }
    if (piece.last < piece.first) this.#sent.pop()
  }

  /** Resolves when everything sent is either stored or refused. */
  accepted(): Promise<void> {
    return this.#until(() => this.#sent.length === 0)
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

  /** Waits while the hub accepts no events. */
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
    while (this.#sent.length > 0 && this.#sent[0].last <= this.#accepted) {
      const piece = this.#sent[0]
      this.#sent.shift()
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
        if (stage === 'durable') this.#fail(isFinalRefusal(error) ? error : unflushed(error))
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
    const last = this.ranges[this.ranges.length - 1]
    const first = counter - length + 1
    if (
      last !== undefined &&
      last.counter + last.length === first &&
      last.seq + last.length === seq - length + 1
    )
      last.length += length
    else this.ranges.push({ counter: first, seq: seq - length + 1, length })
    if (this.ranges.length > MAX_RANGES) this.ranges.splice(1, 1)
  }
}

const MAX_RANGES = 10_000

/** That the disk is full, say, is not the answer: the events are in the log, and most likely stay there. */
function unflushed({ code, message }: TocsinError): TocsinError {
  const text = `the hub has taken the events, and stores them as soon as its disk does: ${message} (${code})`
  return new TocsinError('TCN_LOG_UNFLUSHED', text)
}

/** Returns how many events of the piece are stored when everything up to this counter is accepted. */
function takenOf({ first, refused }: SentRange, upTo: number): number {
  if (upTo < first) return 0
  return upTo - first + 1 - refused.filter((counter) => counter <= upTo).length
}
