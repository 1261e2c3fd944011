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
  /** Those that are delivered one by one. */
  readonly #alone = new Set<Event>()
  /** Waits without taking up room. */
  #exempt: Event | undefined
  /** Bytes of all events that are not settled, those that are being delivered included. */
  bytes = 0

  get length(): number {
    return this.#events.length
  }

  /** Bytes that take up the room of the sink. */
  get pending(): number {
    return this.bytes - (this.#exempt?.bytes.length ?? 0)
  }

  /** True if the next delivery need not wait for more events. */
  get hasSingle(): boolean {
    return this.#alone.has(this.#events[0])
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
    const isAlone = this.#alone.has(this.#events[0])
    const batch = this.#events.slice(0, isAlone ? 1 : count)
    const next = batch.findIndex((event, nth) => nth > 0 && this.#alone.has(event))
    return this.#takeFrom(0, next < 0 ? batch.length : next)
  }

  /** Takes the event at this place out of its turn. */
  takeOne(place: number): Event {
    return this.#takeFrom(place, 1)[0]
  }

  /** Puts events back at this place. */
  putBack(events: readonly Event[], place: number): void {
    this.#events.splice(place, 0, ...events)
    for (const event of events) this.#taken.delete(event)
  }

  /** Puts events back, of which each is the next delivery. */
  putBackAlone(events: readonly Event[], place: number): void {
    this.putBack(events, place)
    for (const event of events) this.#alone.add(event)
  }

  /** Makes room for others while this event waits, for one at a time. */
  makeRoom(event: Event): void {
    this.#exempt ??= event
  }

  settled(events: readonly Event[]): void {
    for (const event of events) {
      this.bytes -= event.bytes.length
      this.#taken.delete(event)
      if (this.#exempt === event) this.#exempt = undefined
    }
  }

  #takeFrom(place: number, count: number): Event[] {
    const taken = this.#events.splice(place, count)
    for (const event of taken) {
      this.#taken.add(event)
      this.#alone.delete(event)
    }
    return taken
  }

  #add({ bytes, at, end }: Event): void {
    const copy = copyBytes(bytes, at, end)
    this.#events.push(new Event(copy))
    this.bytes += copy.length
  }
}
