import { TocsinError } from '../../errors/tocsin-error.js'
import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'

/** Pause between two requests for another leader of the stream, ms. */
const ASK_MS = 3000

export interface ShortStreamOptions {
  link: NatsLink
  api: JetStreamApi
  stream: string
  /** The last place that any hub is known to have. Nothing is appended while the stream ends before it. */
  known?(): number
  /** Called each time that something keeps a message from being appended, such as a lack of room. It is tried again. */
  hindered?(error: TocsinError): void
}

/**
 * Keeps messages from the places of others that the leader of the stream lacks, though a hub has them: after these the
 * servers that have them would drop theirs. Another leader may have them, and is asked for.
 */
export class ShortStream {
  readonly #options: ShortStreamOptions
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(options: ShortStreamOptions) {
    this.#options = options
  }

  /** Returns true for a stream to which nothing may be appended. `last`: its end, as its leader says. */
  isShort(last: number): boolean {
    const { stream, known = () => 0, hindered } = this.#options
    const place = known()
    if (last >= place) return false
    hindered?.(shortError(stream, last, place))
    this.#askForLeader()
    return true
  }

  #askForLeader(): void {
    const { api, link, stream } = this.#options
    const now = link.runtime.monotonic()
    if (now - this.#askedAt < ASK_MS) return
    this.#askedAt = now
    void api.leaveLead(stream).catch(() => undefined)
  }
}

export function shortError(stream: string, last: number, known: number): TocsinError {
  return new TocsinError('TCN_NATS_SHORT', `stream ${stream} ends at @${last}, and a hub has @${known}`)
}
