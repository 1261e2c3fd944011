import { type Signal, signal } from '@preact/signals'
import { Event, formatCursor } from 'tocsin/browser'
import type { ReadGap } from '../../../../src/methods/contract/index.js'
import { replayStrings as text } from '../../../strings/replay.js'
import { fullMoment } from '../../../text/full-moment.js'
import { gapMarker } from '../gap-text.js'
import type { Tail } from '../tail.js'

/** Frames that wait for their time. */
interface Page {
  readonly bytes: Uint8Array
  /** Missing before its first event. */
  gaps: readonly ReadGap[]
  /** Where the next one begins. */
  at: number
  left: number
}

export const speeds = [1, 2, 5, 10, 20, 50, 100] as const

const TICK_MS = 100
const PAGE = 1000
/** Pages that are read ahead. */
const AHEAD = 2
/** Whoever is this close to the end of the log has caught up, µs. */
const CLOSE = 1e6

/**
 * Shows stored events in the order and at the pace in which they were logged, or faster. Its clock stands still while it
 * is held, while nobody sees the page, and while the hub is slower than the replay: nothing is left out.
 */
export class Replay {
  readonly speed: Signal<number>
  /** The time that is shown now, µs since the epoch. */
  readonly time = signal(0)
  readonly isOver = signal(false)
  /** The cursor of the event that was shown last. */
  place: string
  readonly #tail: Tail
  readonly #running: AbortSignal
  readonly #timer: number
  readonly #epoch: string
  #pages: Page[] = []
  #next: string
  #end: string
  #isReading = false
  /** All events before this time are in the pages; undefined: there are more pages. */
  #knownUntil: number | undefined
  #ticked = performance.now()

  constructor(tail: Tail, event: Event, speed?: number) {
    this.#tail = tail
    this.speed = signal(speeds.find((each) => each === speed) ?? 1)
    const cursor = tail.cursorOf(event)
    this.place = cursor
    this.#epoch = cursor.slice(0, cursor.indexOf('-'))
    this.#end = formatCursor(this.#epoch, event.seq - 1)
    this.#next = this.#end
    this.time.value = event.time
    this.#running = tail.startReplay(event.seq)
    this.#mark(text.begins(fullMoment(event.time)))
    this.#timer = window.setInterval(() => this.#tick(), TICK_MS)
    this.#running.addEventListener('abort', () => this.#close())
    void this.#read()
  }

  toggle(): void {
    this.#tail.toggleReplay()
  }

  /** Leaves out the time in which nothing happens. */
  skip(): void {
    const [page] = this.#pages
    if (page === undefined || page.left === 0) return
    this.time.value = Math.max(this.time.peek(), new Event(page.bytes, page.at).time)
    this.#show()
  }

  /** The list stays where the replay has come to. */
  end(): void {
    this.#mark(text.ends(fullMoment(this.time.peek())))
    this.#close()
    this.#tail.endReplay()
  }

  #close(): void {
    clearInterval(this.#timer)
    this.isOver.value = true
  }

  #tick(): void {
    const now = performance.now()
    const passed = (now - this.#ticked) * 1000
    this.#ticked = now
    if (this.#tail.mode.peek() !== 'replaying' || document.hidden) return
    if (this.#pages.length < AHEAD && this.#knownUntil === undefined) void this.#read()
    const isStarved = this.#pages.length === 0 && this.#knownUntil === undefined
    if (isStarved) return
    const time = this.time.peek() + passed * this.speed.peek()
    const most = this.#pages.length === 0 ? this.#knownUntil! : Number.POSITIVE_INFINITY
    this.time.value = Math.max(this.time.peek(), Math.min(time, most))
    this.#show()
    if (this.#pages.length === 0 && this.time.peek() >= (this.#knownUntil ?? Number.POSITIVE_INFINITY))
      this.#reachedKnown(this.#knownUntil!)
  }

  /** Everything that was known has been shown: there may be more by now. */
  #reachedKnown(knownUntil: number): void {
    this.#knownUntil = undefined
    const isPart = this.#tail.query.to !== undefined
    if (isPart) {
      this.end()
      return
    }
    if (Date.now() * 1000 - knownUntil > CLOSE) {
      void this.#read()
      return
    }
    this.#mark(text.caughtUp)
    this.#close()
    this.#tail.endReplay()
    this.#tail.resume('catch up')
  }

  #show(): void {
    for (let page = this.#pages[0]; page !== undefined; page = this.#pages[0]) {
      const { bytes, at: start } = page
      for (const gap of page.gaps) this.#tail.store.mark(gapMarker(gap))
      page.gaps = []
      let count = 0
      let seq = 0
      while (count < page.left) {
        const event = new Event(bytes, page.at)
        if (event.time > this.time.peek()) break
        page.at = event.end
        seq = event.seq || seq
        count++
      }
      page.left -= count
      if (seq > 0) this.place = this.#end = formatCursor(this.#epoch, seq)
      if (count > 0) this.#tail.appendReplayed({ bytes: bytes.subarray(start, page.at), count }, this.#end)
      if (page.left > 0) return
      this.#pages.shift()
    }
  }

  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    const asked = Date.now() * 1000
    try {
      const { frames, count, next, cursor, gaps } = await this.#tail.read({
        from: this.#next,
        limit: PAGE,
      })
      if (this.#running.aborted || this.isOver.peek()) return
      this.#next = next ?? cursor
      if (count + gaps.length > 0) this.#pages.push({ bytes: frames, gaps, at: 0, left: count })
      if (next === undefined) this.#knownUntil = asked
    } catch (error) {
      if (this.#running.aborted || this.isOver.peek()) return
      this.#close()
      this.#tail.endReplay(error as Error)
    } finally {
      this.#isReading = false
    }
  }

  #mark(words: string): void {
    this.#tail.appendReplayed({ kind: 'start', text: words }, this.#end)
  }
}
