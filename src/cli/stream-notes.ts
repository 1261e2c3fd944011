import type { GapStatus, Status } from '../client/api.js'
import { TocsinError } from '../event/errors.js'
import { ConnectionNotes } from './hub.js'
import type { Io } from './io.js'

const LIVE = 'live: from here on events come as they happen'

/** Says on stderr what happens to a stream of events; with `strict` a gap ends it. */
export class StreamNotes {
  readonly #io: Io
  readonly #options: { strict?: boolean; from?: string }
  readonly #connection: ConnectionNotes

  constructor(io: Io, options: { strict?: boolean; from?: string }) {
    this.#io = io
    this.#options = options
    this.#connection = new ConnectionNotes(io)
  }

  note(status: Status): void {
    if (status.status === 'gap') this.#gap(status)
    else if (status.status === 'reconnecting' || status.status === 'connected') this.#connection.note(status)
    else if (status.status === 'live' && this.#options.from !== undefined) this.#hint(LIVE)
    else if (status.status === 'lagging') this.#hint(`the output is slow: ${status.reason}`)
  }

  #gap(status: GapStatus): void {
    const { why, cursor, reason } = status
    const text = `gap: ${missing(status)}, ${reason} (${why}); it goes on after ${cursor}`
    if (this.#options.strict) throw new TocsinError('TCN_BUS_GAP', text)
    this.#io.note(text)
  }

  /** Good to know for a person, noise in a script. */
  #hint(text: string): void {
    if (this.#io.err.isTTY === true) this.#io.note(text)
  }
}

function missing({ from, to, why }: GapStatus): string {
  // The hub skips numbers after a crash, many more than it had given.
  if (why === 'lost-in-crash') return `events from @${from} on that were not yet on the disk are missing`
  return to > 0 ? `@${from} to @${to} are missing` : 'events may be missing'
}
