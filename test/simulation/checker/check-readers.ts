import type { Broken } from './check.js'
import type { History, Received } from './history.js'

/** Each reader has everything from its first event on, in order, and one exact gap for each range that it lacks. */
export function checkReaders(history: History): Broken[] {
  const places = [...history.stored.keys()].sort((one, other) => one - other)
  return [...history.readers].flatMap(([reader, received]) =>
    new Reading(reader, history, places).check(received),
  )
}

class Reading {
  readonly #reader: string
  readonly #stored: ReadonlyMap<number, string>
  readonly #removed: ReadonlySet<number>
  readonly #rewritten: ReadonlySet<number>
  readonly #places: readonly number[]
  readonly #broken: Broken[] = []
  /** Next of the places. */
  #next = 0
  #last = 0
  /** Since the last event. */
  #gap: { from: number; to: number } | undefined

  constructor(reader: string, { stored, removed, rewritten }: History, places: readonly number[]) {
    this.#reader = reader
    this.#stored = stored
    this.#removed = removed
    this.#rewritten = rewritten
    this.#places = places
  }

  check(received: readonly Received[]): Broken[] {
    for (const item of received)
      if ('why' in item) {
        if (!this.#isStoredAgain(item.from, item.to)) this.#takeGap(item.from, item.to)
      } else this.#takeEvent(item.place, item.name)
    return this.#broken
  }

  /** Servers had lost what the reader has, as it is told, and it is stored there once more. */
  #isStoredAgain(from: number, to: number): boolean {
    if (from > this.#last) return false
    for (let place = from; place <= to; place++) if (!this.#rewritten.has(place)) return false
    return true
  }

  #takeGap(from: number, to: number): void {
    if (this.#gap !== undefined) this.#break('gap', `two gaps for one range, @${this.#gap.from} and @${from}`)
    if (from <= this.#last && from !== 0) this.#break('gap', `a gap from @${from}, after @${this.#last}`)
    this.#gap = { from, to }
  }

  #takeEvent(place: number, name: string): void {
    const before = this.#last
    const isFirst = before === 0
    if (place <= before) this.#break('order', `${name} at @${place} after @${before}`, name)
    const known = this.#stored.get(place)
    if (known !== name)
      this.#break('cursor', `${name} at @${place}, where ${known ?? 'nothing'} is stored`, name)
    const missing: number[] = []
    for (; this.#next < this.#places.length && this.#places[this.#next] < place; this.#next++)
      missing.push(this.#places[this.#next])
    this.#next++
    if (!isFirst || this.#gap !== undefined) this.#compare(missing)
    this.#last = place
    this.#gap = undefined
  }

  #compare(missing: readonly number[]): void {
    const { from = 0, to = -1 } = this.#gap ?? {}
    const unnamed = missing.filter((place) => place > this.#last && (place < from || place > to))
    if (unnamed.length > 0) {
      const text = `${unnamed.length} events from @${unnamed[0]} on are missing, and no gap names them`
      this.#break('gap', text, this.#stored.get(unnamed[0]))
    }
    const kept = missing.filter((place) => place >= from && place <= to && !this.#removed.has(place))
    if (kept.length > 0)
      this.#break('gap', `a gap names @${kept[0]}, which is stored`, this.#stored.get(kept[0]))
  }

  #break(promise: Broken['promise'], text: string, about?: string): void {
    this.#broken.push({ promise, text: `${this.#reader} received ${text}`, ...(about && { about }) })
  }
}
