import type { JetStreamApi, StoredMessage } from '../../storage/nats/jetstream-api.js'
import { decodeHeader } from './event-message.js'
import type { Subjects } from './subjects.js'

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
  subjects: Subjects
  /** Messages of a barrier. */
  window: number
}

/**
 * Resolves with the newest event, and removes those after it that were too late: what comes after a message of a later
 * barrier than its own. What comes before it may have been acknowledged, since an earlier primary leads until the stream
 * has something of the next one. No event follows late ones before they are removed, so that all of them are the newest.
 */
export async function newestEvent(options: LateMessages): Promise<StoredMessage | undefined> {
  const { api, stream, subjects } = options
  for (;;) {
    const newest = await api.message(stream, { last_by_subj: subjects.events })
    if (newest === undefined || !(await isTooLate(options, newest))) return newest
    await api.removeMessage(stream, newest.seq)
  }
}

async function isTooLate(
  { api, stream, subjects, window }: LateMessages,
  { seq, header }: StoredMessage,
): Promise<boolean> {
  const { term } = decodeHeader(header) ?? {}
  if (term === undefined) return false
  // Only late messages can be between an event and the barrier, at most as many as a primary has on the way.
  const from = Math.max(term + window, seq - window)
  if (from >= seq) return false
  const barrier = await api.message(stream, { seq: from, next_by_subj: subjects.barrier })
  return barrier !== undefined && barrier.seq < seq
}
