import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
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
  #over: number

  /** `over`: a term that is over, as all before it. */
  constructor(over = 0) {
    this.#over = over
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
}

/** Removes the messages from one place to before another that were too late, for all who read these places from now on. */
export async function removeLate(
  { api, stream, subject }: LateMessages,
  from: number,
  to: number,
): Promise<void> {
  const fence = new Fence(from - 1)
  for (let place = from; place < to; place++) {
    const message = await api.message(stream, { seq: place })
    if (message === undefined) continue
    const isBarrier = message.subject === subject
    const { term } = (isBarrier ? undefined : decodeHeader(message.header)) ?? {}
    fence.take(place, isBarrier ? { owner: message.payload.toString() } : { term })
    if (term !== undefined && fence.isLate(term)) await api.removeMessage(stream, place)
  }
}
