import type { JetStreamApi, StoredMessage } from '../../storage/nats/jetstream-api.js'
import { decodeHeader } from './event-message.js'

/**
 * Tells the messages of a term from those of an earlier one that the server takes between the messages of a barrier. While
 * a barrier is appended, what an earlier primary has on the way may name just the place after it. The server then has some
 * of these messages and lacks those before them, and their counters would let the latter pass for stored.
 */
export class Fence {
  /** The first of the last barrier messages of one hub that are next to each other; 0 while that is not known. */
  #first = 0
  #owner: string | undefined
  #last = 0
  /** The highest term of an event. */
  #term = 0
  /** The highest term that is known to be over. A term has the number of the first message of its barrier. */
  #over = 0

  /** `newest`: the last event before the messages that will be taken. */
  constructor(newest?: StoredMessage) {
    if (newest !== undefined) this.take(newest.seq, decodeHeader(newest.header))
  }

  /** Takes a message, in the order of their places: of a barrier with its hub, or of an event with its term. */
  take(place: number, { owner, term = 0 }: { owner?: string; term?: number } = {}): void {
    const isNext = this.#last === place - 1
    if (owner !== undefined && !(isNext && owner === this.#owner)) {
      this.#over = Math.max(this.#over, this.#term, this.#first)
      this.#first = isNext ? place : 0
    }
    this.#term = Math.max(this.#term, term)
    this.#owner = owner
    this.#last = place
  }

  /** Returns true for the term of a message after the last barrier that was too late. Nobody was told that it is stored. */
  isLate(term: number): boolean {
    return term <= this.#over
  }
}

export interface LateMessages {
  api: JetStreamApi
  stream: string
  /** The subject of barriers. */
  subject: string
  /** Messages of a barrier. */
  window: number
}

/**
 * Removes the messages from one place to before another that were too late, for all who read these places from now on.
 * Those are too late that come after a message of a later barrier than their own: what comes before it may have been
 * acknowledged, since an earlier primary leads until the stream has something of the next one.
 */
export async function removeLate(
  { api, stream, subject, window }: LateMessages,
  from: number,
  to: number,
): Promise<void> {
  /** The last message of a barrier. */
  let barrier = 0
  for (let place = Math.max(1, from - 1); place < to; place++) {
    const message = await api.message(stream, { seq: place })
    if (message?.subject === subject) barrier = place
    if (place < from || message === undefined || message.subject === subject) continue
    const { term } = decodeHeader(message.header) ?? {}
    if (term !== undefined && term + window <= barrier) await api.removeMessage(stream, place)
  }
}
