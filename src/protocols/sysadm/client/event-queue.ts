import { asError } from '../../../errors/thrown.js'
import type { GapEvent, SysadmEvent } from './events.js'

export interface QueueLimits {
  /** Events that wait to be taken. */
  events: number
  /** Characters of all of them. */
  characters: number
}

const OVERFLOW = 'the events were not taken fast enough'

/** A loop over events. Leaving it, or disposing of it, ends the subscription. */
export interface SysadmEvents extends AsyncIterableIterator<SysadmEvent>, AsyncDisposable {}

/** Events that wait for the program. When there are too many the oldest are dropped, and a gap says how many. */
export class EventQueue implements SysadmEvents {
  readonly #limits: QueueLimits
  readonly #closed: () => void
  #items: { event: SysadmEvent; size: number }[] = []
  #head = 0
  #characters = 0
  #dropped = 0
  #wake: ((result: IteratorResult<SysadmEvent>) => void)[] = []
  #fail: ((error: Error) => void)[] = []
  #error: Error | undefined
  #isClosed = false
  #ignoreSignal: (() => void) | undefined

  constructor(limits: QueueLimits, closed: () => void) {
    this.#limits = limits
    this.#closed = closed
  }

  push(event: SysadmEvent, size: number): void {
    if (this.#isClosed) return
    const wake = this.#wake.shift()
    if (wake !== undefined) {
      this.#fail.shift()
      wake({ done: false, value: event })
      return
    }
    this.#items.push({ event, size })
    this.#characters += size
    while (this.#isFull && this.#items.length - this.#head > 1) this.#drop()
  }

  /** When the signal is aborted, the iteration rejects with its reason, whatever waits. */
  obey(signal: AbortSignal): void {
    const abort = (): void => {
      this.#clear()
      this.end(asError(signal.reason))
    }
    signal.addEventListener('abort', abort, { once: true })
    this.#ignoreSignal = () => signal.removeEventListener('abort', abort)
    if (signal.aborted) abort()
  }

  /** Ends the iteration after what waits. */
  end(error?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#error = error
    this.#ignoreSignal?.()
    const wake = this.#wake.splice(0)
    const fail = this.#fail.splice(0)
    for (const [index, done] of wake.entries()) {
      if (error === undefined || index > 0) done({ done: true, value: undefined })
      else fail[index](error)
    }
    if (wake.length > 0) this.#error = undefined
    this.#closed()
  }

  next(): Promise<IteratorResult<SysadmEvent>> {
    const value = this.#take()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#isClosed) {
      const error = this.#error
      this.#error = undefined
      return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      this.#wake.push(resolve)
      this.#fail.push(reject)
    })
  }

  return(): Promise<IteratorResult<SysadmEvent>> {
    this.#clear()
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  get #isFull(): boolean {
    const { events, characters } = this.#limits
    return this.#items.length - this.#head > events || this.#characters > characters
  }

  #clear(): void {
    this.#items = []
    this.#head = this.#characters = this.#dropped = 0
  }

  #take(): SysadmEvent | undefined {
    if (this.#dropped > 0) {
      const gap: GapEvent = { class: 'gap', lost: this.#dropped, reason: OVERFLOW }
      this.#dropped = 0
      return gap
    }
    return this.#shift()
  }

  #drop(): void {
    this.#shift()
    this.#dropped++
  }

  #shift(): SysadmEvent | undefined {
    const first = this.#items[this.#head]
    if (first === undefined) return undefined
    this.#head++
    this.#characters -= first.size
    if (this.#head >= 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return first.event
  }
}
