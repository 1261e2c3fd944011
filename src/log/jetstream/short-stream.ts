import { TocsinError } from '../../errors/tocsin-error.js'
import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { OtherLeader } from '../../storage/nats/other-leader.js'

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
  readonly #otherLeader: OtherLeader

  constructor(options: ShortStreamOptions) {
    this.#options = options
    const { api, link, stream } = options
    this.#otherLeader = new OtherLeader(api, link.runtime, stream)
  }

  /** Returns true for a stream to which nothing may be appended. `last`: its end, as its leader says. */
  isShort(last: number): boolean {
    const { stream, known = () => 0, hindered } = this.#options
    const place = known()
    if (last >= place) return false
    hindered?.(shortError(stream, last, place))
    this.#otherLeader.ask()
    return true
  }
}

export function shortError(stream: string, last: number, known: number): TocsinError {
  return new TocsinError('TCN_NATS_SHORT', `stream ${stream} ends at @${last}, and a hub has @${known}`)
}
