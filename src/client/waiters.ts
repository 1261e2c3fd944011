import { formatCursor, parseCursor } from '../event/cursor.js'
import type { GateDone } from '../faces/native/protocol.js'
import type { AckLevel } from './api.js'

/** Somebody who waits until everything up to a counter is settled. */
export interface Waiter {
  counter: number
  ack: AckLevel
  /** The event `counter` itself is waited for: its refusal is an error. */
  isEvent: boolean
  /** Where the event is in the log, once accepted; undefined when that was not learned. */
  cursor?: string
  gate?: { outcome?: GateDone }
  resolve(waiter: Waiter): void
  reject(error: Error): void
}

/** `accepted` of the hub: the seq of the event `counter`, and of those in the run before it. */
export class AcceptedRun {
  readonly #counter: number
  readonly #run: number
  readonly #epoch: string = ''
  readonly #seq: number = 0

  constructor(counter: number, cursor: string | undefined, run: number) {
    this.#counter = counter
    this.#run = cursor === undefined ? 0 : Math.max(run, 1)
    if (cursor === undefined) return
    const parsed = parseCursor(cursor)
    this.#epoch = parsed.epoch
    this.#seq = parsed.seq
  }

  cursorOf(counter: number): string | undefined {
    const back = this.#counter - counter
    return back < this.#run ? formatCursor(this.#epoch, this.#seq - back) : undefined
  }
}
