import type { GapStatus, Status, SubscribeOptions } from '../../client/api.js'
import { gapStatus } from '../../client/subscribe/statuses.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import { onlyGiven } from '../../event/json/only-given.js'
import type { ReadGap } from '../../methods/contract/index.js'
import type { Io } from '../io.js'
import { ConnectionNotes } from './connect.js'

const LIVE = 'live: from here on, events are shown as they happen'

/** Reports on stderr what happens to a stream of events; with `strict`, a gap ends it. */
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
    const text = `gap: ${missing(status)}, ${reason} (${why}); reading continues after ${cursor}`
    if (this.#options.strict) throw new TocsinError('TCN_BUS_GAP', text)
    this.#io.note(text)
  }

  /** Reports what is useful to people but noise in scripts. */
  #hint(text: string): void {
    if (this.#io.err.isTTY === true) this.#io.note(text)
  }
}

/** The gap of a page, as that of a stream is reported. */
export function pageGap(gap: ReadGap, epoch: string): GapStatus {
  return gapStatus({ ...gap, cursor: formatCursor(epoch, gap.to) })
}

function missing({ from, to, why }: GapStatus): string {
  // After a crash, and perhaps after damage, many more numbers are skipped than were assigned.
  if (why === 'lost-in-damage') return `events from @${from} on, at most to @${to}, are missing`
  if (why === 'lost-in-crash')
    return `up to 50 ms of events after @${from - 1} not acknowledged as durable may be missing`
  return to > 0 ? `@${from} to @${to} are missing` : 'events may be missing'
}

/** Only what was given. */
export function subscribeOptions(
  { from, to, lag, consumer }: Pick<SubscribeOptions, 'from' | 'to' | 'lag' | 'consumer'>,
  signal: AbortSignal,
): SubscribeOptions {
  return { ...onlyGiven({ from, to, lag, consumer }), signal }
}
