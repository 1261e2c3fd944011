import type { TocsinError } from '../../errors/tocsin-error.js'
import { frameBytes, frameSeq, frameTime } from '../../event/frame.js'
import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { SeqRange } from '../event-log.js'
import type { RecentFrames } from './recent-frames.js'
import { shortError } from './short-stream.js'

export interface DoubtListener {
  /** Called while the stream ends before what was delivered, and with undefined when it does not any more. */
  short(error: TocsinError | undefined): void
  /** Called with the places at which the stream has something else than was delivered. */
  diverged(range: SeqRange): void
  /** Called with the places whose events were removed because of their age before they were delivered, and before later ones are. */
  expired(range: SeqRange): void
}

export interface DeliveredOptions extends Omit<DoubtListener, 'expired'> {
  api: JetStreamApi
  stream: string
  /** `created` of the stream that is meant. */
  created: string
  recent: RecentFrames
}

interface Place {
  seq: number
  /** Time of storing, µs, by which an event is recognised. */
  time: number
}

/** Compares what a hub has delivered with what the stream has, as the server says that leads it. */
export class DeliveredPlaces {
  readonly #options: DeliveredOptions
  #wasShort = false
  #isChecking = false
  #isOver = false

  constructor(options: DeliveredOptions) {
    this.#options = options
  }

  /** `last`: where the stream ends. `delivered`: the last place that was delivered before the server was asked. */
  compare(last: number, delivered: number): void {
    if (last < delivered) {
      // A server that has just become the leader may not have applied all that it has.
      if (this.#wasShort) this.#options.short(shortError(this.#options.stream, last, delivered))
      this.#wasShort = true
      return
    }
    if (this.#wasShort) this.#options.short(undefined)
    this.#wasShort = false
    if (!this.#isChecking && !this.#isOver) void this.#check()
  }

  /** The newest event is looked at, since servers lose the end of a stream. What differs begins with one before it. */
  async #check(): Promise<void> {
    this.#isChecking = true
    try {
      const newest = newestOf(this.#options.recent)
      if (newest !== undefined && (await this.#differs(newest))) await this.#findRange(newest)
    } catch {
      // It is compared again in a few seconds.
    } finally {
      this.#isChecking = false
    }
  }

  async #findRange(newest: Place): Promise<void> {
    const { api, stream, created, recent, diverged } = this.#options
    const places = placesOf(recent, newest.seq)
    let [low, high] = [0, places.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (await this.#differs(places[middle])) high = middle
      else low = middle + 1
    }
    // Events of another stream with the same name are no surprise.
    if ((await api.info(stream)).created !== created) return
    this.#isOver = true
    diverged({ from: places[low].seq, to: newest.seq })
  }

  /** A place without a message says nothing: old events are removed. */
  async #differs({ seq, time }: Place): Promise<boolean> {
    const message = await this.#options.api.message(this.#options.stream, { seq })
    return message !== undefined && message.time !== time
  }
}

function newestOf({ ring }: RecentFrames): Place | undefined {
  const slab = ring.slabs.at(-1)
  return slab && { seq: slab.lastSeq, time: slab.lastTime }
}

function placesOf({ ring }: RecentFrames, last: number): Place[] {
  const places: Place[] = []
  for (const { bytes, end } of ring.slabs)
    for (let at = 0; at < end; at += frameBytes(bytes, at))
      places.push({ seq: frameSeq(bytes, at), time: frameTime(bytes, at) })
  return places.filter(({ seq }) => seq <= last)
}
