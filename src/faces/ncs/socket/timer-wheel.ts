import type { Cancel, Runtime } from '../../../event/runtime.js'

/** Precision of the times, ms. */
const STEP = 50

interface Entry {
  readonly interval: number
  readonly run: () => void
  /** ms (monotonic) */
  due: number
  slot: number
}

/** Calls any number of functions, each at its own interval, with one timer. It has none while there is nothing to call. */
export class TimerWheel {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'after'>
  readonly #slots = new Map<number, Set<Entry>>()
  #last = 0
  #cancel: Cancel | undefined

  constructor(runtime: Pick<Runtime, 'monotonic' | 'after'>) {
    this.#runtime = runtime
  }

  every(interval: number, run: () => void): Cancel {
    const entry: Entry = { interval, run, due: this.#runtime.monotonic() + interval, slot: 0 }
    if (this.#slots.size === 0) this.#last = slotOf(this.#runtime.monotonic())
    this.#place(entry)
    this.#wait()
    return () => this.#remove(entry)
  }

  close(): void {
    this.#slots.clear()
    this.#cancel?.()
    this.#cancel = undefined
  }

  #place(entry: Entry): void {
    entry.slot = slotOf(entry.due)
    const slot = this.#slots.get(entry.slot)
    if (slot === undefined) this.#slots.set(entry.slot, new Set([entry]))
    else slot.add(entry)
  }

  #remove(entry: Entry): void {
    const slot = this.#slots.get(entry.slot)
    if (slot?.delete(entry) && slot.size === 0) this.#slots.delete(entry.slot)
  }

  #wait(): void {
    if (this.#cancel !== undefined || this.#slots.size === 0) return
    this.#cancel = this.#runtime.after(STEP, () => {
      this.#cancel = undefined
      this.#turn(this.#runtime.monotonic())
      this.#wait()
    })
  }

  #turn(now: number): void {
    const current = slotOf(now)
    // After a long pause there are fewer slots with entries than slots that have passed.
    const passed =
      current - this.#last > this.#slots.size
        ? [...this.#slots.keys()].filter((slot) => slot <= current).sort((a, b) => a - b)
        : Array.from({ length: Math.max(0, current - this.#last) }, (_, i) => this.#last + 1 + i)
    this.#last = current
    for (const slot of passed) this.#runSlot(slot, now)
  }

  #runSlot(slot: number, now: number): void {
    for (const entry of this.#slots.get(slot) ?? []) {
      this.#remove(entry)
      // Beats that were missed are not made up for.
      entry.due += entry.interval * Math.max(1, Math.ceil((now - entry.due) / entry.interval))
      if (slotOf(entry.due) <= slot) entry.due = now + entry.interval
      this.#place(entry)
      entry.run()
    }
  }
}

/** The slot whose turn comes when the time is reached, not before. */
function slotOf(time: number): number {
  return Math.ceil(time / STEP)
}
