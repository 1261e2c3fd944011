import type { Event } from '../event/event.js'
import { DeliveryFault, quoted } from './delivery-fault.js'

/** Attempts at events that end the connection each time, before they are to blame one by one. */
const ENDS_TOGETHER = 3

/**
 * Finds out whether events that are not taken again and again are to blame, or their destination takes nothing at
 * present: they are to blame for a failure if something else was taken since the previous one.
 */
export class Blame {
  /** Unclear failures after which others are tried. */
  readonly #tries: number
  attempts = 0
  /** Failures that the events are to blame for. */
  count = 0
  /** They are to blame for the last one. */
  isNew = false
  #unclear = 0
  /** Events that the destination had taken at the last of those. */
  #taken = 0
  #turn = 0

  constructor(tries: number) {
    this.#tries = tries
  }

  /** Notes a failure. `taken`: events that the destination has taken so far. */
  note({ kind }: DeliveryFault, taken: number): void {
    this.attempts++
    this.isNew = kind === 'refused' || kind === 'ended' || (kind === 'unclear' && this.#isConfirmed(taken))
    if (this.isNew) this.count++
  }

  #isConfirmed(taken: number): boolean {
    const areOthersTaken = taken > this.#taken
    this.#taken = taken
    return ++this.#unclear > this.#tries && areOthersTaken
  }

  /** True if one of the events is to blame for this fault, and the others may be taken without it. */
  isOnOne({ kind }: DeliveryFault): boolean {
    return this.count >= ENDS_TOGETHER || (this.isNew && kind !== 'ended')
  }

  /** True if another event is to be tried at once. */
  wantsAnother(fault: DeliveryFault): boolean {
    return this.#isDoubtful(fault) && !this.isNew
  }

  #isDoubtful({ kind }: DeliveryFault): boolean {
    return kind === 'unclear' && this.#unclear >= this.#tries
  }

  /** Returns which of the others is tried, given their number: each in its turn until one is taken. */
  next(others: number): number {
    return this.#turn++ % others
  }

  /** The one whose turn it was is gone. */
  wasTaken(): void {
    this.#turn--
  }

  /** The fault, with the events that are suspected. */
  shown(fault: DeliveryFault, [first, ...others]: readonly Event[]): DeliveryFault {
    if (!this.#isDoubtful(fault)) return fault
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    const but = this.count > 0 ? ', while others are taken' : ''
    const where = `${this.#unclear} times at the event ${first.seq} (${quoted(first.tag)})${more}${but}`
    return new DeliveryFault(fault.kind, `${fault.message}; ${where}`)
  }
}
