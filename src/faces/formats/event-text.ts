import { type CloudEventView, toCloudEvent } from '../../event/cloudevents.js'
import type { Event } from '../../event/event.js'

/** Slots, and the longest text that is kept in one: at most 1 MiB in all. */
const SLOTS = 256
const KEPT_TEXT = 4096

interface Slot {
  seq: number
  flags: number
  text: string
}

/**
 * An event as CloudEvents JSON, made once: formats that wrap the same text differently, and filters that overlap,
 * find it here while the tick lasts, and mostly a little longer.
 */
export class EventTexts {
  readonly #view: CloudEventView
  readonly #slots: (Slot | undefined)[] = new Array(SLOTS)

  constructor(view: CloudEventView) {
    this.#view = view
  }

  get epoch(): string {
    return this.#view.epoch
  }

  of(event: Event): string {
    const { seq, flags } = event
    // Only what the log has bears a number of its own.
    if (seq === 0 || event.synthetic) return this.#make(event)
    const known = this.#slots[seq % SLOTS]
    if (known !== undefined && known.seq === seq && known.flags === flags) return known.text
    const text = this.#make(event)
    if (text.length <= KEPT_TEXT) this.#slots[seq % SLOTS] = { seq, flags, text }
    return text
  }

  #make(event: Event): string {
    return JSON.stringify(toCloudEvent(event, this.#view))
  }
}
