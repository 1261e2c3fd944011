import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { type Event, formatCursor } from 'tocsin/browser'
import type { EventPage } from '../../../../src/methods/contract/index.js'
import { eventsIn } from '../../../hub/frames.js'
import { type Batches, hub, renewals } from '../../../hub/live.js'
import type { FilterInput } from '../query.js'

/** Events that belong to one, in the order of the log: earlier ones, itself, and later ones as they come. */
export interface Neighbours {
  readonly events: Signal<readonly Event[]>
  readonly isLoading: Signal<boolean>
  readonly failure: Signal<Error | undefined>
  /** The time up to which was looked back, µs, if there may be more. */
  readonly lookedBack: Signal<number | undefined>
  /** True if later ones are left out. */
  readonly isCut: Signal<boolean>
  lookFurther(): void
}

/** Limits for what is looked at, and kept. */
export interface Room {
  readonly earlier: number
  readonly later: number
}

/** Pages without a match: the hub stops at its limit of work. */
const MAX_PAGES = 8
const MAX_BYTES = 16 * 2 ** 20
const SHOW_EVERY_MS = 150
/** Somebody who walks through the list does not stop here. */
const SETTLE_MS = 120

/** `key` says when to look again; without filters, nothing is looked for. */
export function useNeighbours(
  key: string,
  event: Event,
  filters: FilterInput | undefined,
  room: Room,
): Neighbours {
  const events = useSignal<readonly Event[]>([event])
  const isLoading = useSignal(true)
  const failure = useSignal<Error | undefined>(undefined)
  const lookedBack = useSignal<number | undefined>(undefined)
  const isCut = useSignal(false)
  const search = useRef<Search>(undefined)
  useEffect(() => {
    events.value = [event]
    failure.value = undefined
    lookedBack.value = undefined
    isCut.value = false
    isLoading.value = filters !== undefined
    if (filters === undefined) return
    const made = new Search(event, filters, room, { events, isLoading, failure, lookedBack, isCut })
    search.current = made
    const timer = setTimeout(() => void made.run(), SETTLE_MS)
    return () => {
      clearTimeout(timer)
      made.close()
    }
  }, [key, renewals.value])
  return { events, isLoading, failure, lookedBack, isCut, lookFurther: () => void search.current?.lookBack() }
}

type Shown = Omit<Neighbours, 'lookFurther'>

class Search {
  readonly #event: Event
  readonly #filters: FilterInput
  readonly #room: Room
  readonly #shown: Shown
  readonly #running = new AbortController()
  #earlier: Event[] = []
  #later: Event[] = []
  #bytes = 0
  #before: string | undefined
  #subscription: Batches | undefined
  #timer = 0

  constructor(event: Event, filters: FilterInput, room: Room, shown: Shown) {
    this.#event = event
    this.#filters = filters
    this.#room = room
    this.#shown = shown
    this.#before = `@${event.seq}`
  }

  async run(): Promise<void> {
    await this.lookBack()
    try {
      await this.#follow()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Reads earlier ones, as many as there is room for. */
  async lookBack(): Promise<void> {
    const { signal } = this.#running
    const { isLoading, lookedBack } = this.#shown
    isLoading.value = true
    try {
      const client = await hub()
      const wanted = this.#earlier.length + this.#room.earlier
      for (let page = 0; page < MAX_PAGES && this.#hasRoom(this.#earlier, wanted); page++) {
        const limit = wanted - this.#earlier.length
        const asked = { filters: this.#filters, before: this.#before, limit }
        const { frames, count, next } = await client.request<EventPage>('events.read', asked, { signal })
        this.#earlier.push(...eventsIn(frames, count))
        this.#bytes += frames.length
        this.#before = next
        if (next === undefined) break
      }
      lookedBack.value = this.#before === undefined ? undefined : (this.#earlier.at(-1) ?? this.#event).time
    } catch (error) {
      this.#fail(error)
    }
    if (signal.aborted) return
    isLoading.value = false
    this.#show()
  }

  close(): void {
    this.#running.abort()
    clearTimeout(this.#timer)
    void this.#subscription?.close()
  }

  async #follow(): Promise<void> {
    const client = await hub()
    if (this.#running.signal.aborted) return
    const from = formatCursor(client.welcome.epoch, this.#event.seq)
    const subscription = client.subscribe(this.#filters, { from })
    this.#subscription = subscription
    for await (const item of subscription.batches()) {
      if (item.status !== undefined) continue
      this.#later.push(...eventsIn(item.bytes, item.count))
      this.#bytes += item.bytes.length
      this.#showSoon()
      if (this.#hasRoom(this.#later, this.#room.later)) continue
      this.#later.length = Math.min(this.#later.length, this.#room.later)
      this.#shown.isCut.value = true
      await subscription.close()
      return
    }
  }

  #hasRoom(events: readonly Event[], limit: number): boolean {
    return events.length < limit && this.#bytes < MAX_BYTES && !this.#running.signal.aborted
  }

  #showSoon(): void {
    if (this.#timer !== 0) return
    this.#timer = window.setTimeout(() => {
      this.#timer = 0
      this.#show()
    }, SHOW_EVERY_MS)
  }

  #show(): void {
    if (this.#running.signal.aborted) return
    this.#shown.events.value = [...this.#earlier.toReversed(), this.#event, ...this.#later]
  }

  #fail(error: unknown): void {
    if (!this.#running.signal.aborted) this.#shown.failure.value = error as Error
  }
}
