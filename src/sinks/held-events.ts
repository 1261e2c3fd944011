import { copyBytes } from '../event/copy-bytes.js'
import { Event, iterateFrames } from '../event/event.js'

/**
 * The events that were handed to a sink and wait for their delivery, oldest first. They are copies, since the memory of
 * the log that they come from must not stay only because a destination is slow.
 */
export class HeldEvents {
  #events: Event[] = []
  /** Those that are being delivered. */
  readonly #taken = new Set<Event>()
  /** Bytes of all events that are not settled, those that are being delivered included. */
  bytes = 0

  get length(): number {
    return this.#events.length
  }

  /** The one whose turn came first of those that are not settled. */
  get oldest(): Event | undefined {
    const [taken] = this.#taken
    return taken ?? this.#events[0]
  }

  add(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      for (const event of iterateFrames(piece)) this.#add(event)
    }
  }

  /** Takes the oldest events for a delivery. */
  take(count: number): Event[] {
    const taken = this.#events.splice(0, count)
    for (const event of taken) this.#taken.add(event)
    return taken
  }

  settled(events: readonly Event[]): void {
    for (const event of events) {
      this.bytes -= event.bytes.length
      this.#taken.delete(event)
    }
  }

  #add({ bytes, at, end }: Event): void {
    const copy = copyBytes(bytes, at, end)
    this.#events.push(new Event(copy))
    this.bytes += copy.length
  }
}
