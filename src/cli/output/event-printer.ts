import type { Event } from '../../event/event.js'
import type { Io } from '../io.js'
import type { EventFormat } from './formats.js'

/** Writes events to the output until there are enough. */
export class EventPrinter {
  printed = 0
  last: Event | undefined
  readonly #io: Io
  readonly #format: EventFormat
  readonly #max: number

  constructor(io: Io, format: EventFormat, max = Number.POSITIVE_INFINITY) {
    this.#io = io
    this.#format = format
    this.#max = max
  }

  /** Nothing more is to be printed, or can be. */
  get done(): boolean {
    return this.printed >= this.#max || this.#io.out.closed
  }

  /** Returns those of the events that were printed. */
  async print(all: readonly Event[]): Promise<readonly Event[]> {
    const left = this.#max - this.printed
    const events = all.length > left ? all.slice(0, left) : all
    if (events.length === 0) return events
    this.#io.out.write(joined(events.map((event) => this.#format.encode(event))))
    this.printed += events.length
    this.last = events.findLast((event) => !event.synthetic) ?? this.last
    await this.#io.out.room()
    return events
  }
}

/** One write for the whole batch. */
function joined(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  return typeof pieces[0] === 'string' ? pieces.join('') : Buffer.concat(pieces as Uint8Array[])
}
