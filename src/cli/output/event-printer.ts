import type { Event } from '../../event/event.js'
import type { Io } from '../io.js'
import type { EventFormat } from './formats.js'

export interface PrintLimits {
  /** Number of events to print at most. */
  max?: number | undefined
  /** Marks what was searched for. */
  highlight?: ((line: string) => string) | undefined
}

/** Writes events to the output until there are enough. */
export class EventPrinter {
  printed = 0
  last: Event | undefined
  readonly #io: Io
  readonly #format: EventFormat
  readonly #max: number
  readonly #highlight: PrintLimits['highlight']

  constructor(io: Io, format: EventFormat, { max = Number.POSITIVE_INFINITY, highlight }: PrintLimits = {}) {
    this.#io = io
    this.#format = format
    this.#max = max
    this.#highlight = highlight
  }

  /** Nothing more is to be printed, or can be. */
  get done(): boolean {
    return this.printed >= this.#max || this.#io.out.closed
  }

  /** Returns those of the events that were printed. */
  async print(received: readonly Event[]): Promise<readonly Event[]> {
    const left = this.#max - this.printed
    const events = received.length > left ? received.slice(0, left) : received
    if (events.length === 0) return events
    this.#io.out.write(joined(events.map((event) => this.#encode(event))))
    this.printed += events.length
    this.last = events.findLast((event) => !event.synthetic) ?? this.last
    await this.#io.out.room()
    return events
  }

  #encode(event: Event): string | Uint8Array {
    const encoded = this.#format.encode(event)
    if (typeof encoded !== 'string' || this.#highlight === undefined || !this.#io.colors.isColorSupported)
      return encoded
    return this.#highlight(encoded)
  }
}

/** One write for the whole batch. */
function joined(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  return typeof pieces[0] === 'string' ? pieces.join('') : Buffer.concat(pieces as Uint8Array[])
}
