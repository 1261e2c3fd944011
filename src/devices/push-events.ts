import type { Cancel, Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import { keyOfItem, type PushItem } from './item.js'

/** Until what the log has not accepted is tried again, ms. */
const PAUSE_MS = 1_000
/** Changes whose state waits. */
const MAX_WAITING = 10_000

interface ToldState {
  readonly tag: string
  readonly data: unknown
}

export interface PushEventsHost {
  readonly runtime: Runtime
  publish(event: ToldState): boolean
  /** Reports a state that cannot be published. */
  note(thrown: unknown): void
}

/** Publishes the states of changes. While the log accepts no events, the last state of each change waits. */
export class PushEvents {
  readonly #host: PushEventsHost
  readonly #waiting = new Map<string, ToldState>()
  #cancel: Cancel | undefined
  #isStopped = false

  constructor(host: PushEventsHost) {
    this.#host = host
  }

  tell(item: PushItem, state: PushItem['state'] | 'deleted'): void {
    const { change: _, before: __, after: ___, ...shown } = item
    const tag = `hub/push/${tagSegment(item.device)}/${state}`
    // Behind those that wait, so that states come in their order.
    this.#waiting.delete(keyOfItem(item))
    const [oldest] = this.#waiting.keys()
    if (this.#waiting.size >= MAX_WAITING) this.#waiting.delete(oldest)
    this.#waiting.set(keyOfItem(item), { tag, data: { ...shown, state } })
    this.#publish()
  }

  /** The states that wait are published once more if the log accepts them; the queue has them in any case. */
  stop(): void {
    this.#isStopped = true
    this.#publish()
  }

  #publish(): void {
    this.#cancel?.()
    for (const [key, event] of this.#waiting) {
      if (!this.#take(event)) {
        this.#later()
        return
      }
      this.#waiting.delete(key)
    }
  }

  #later(): void {
    if (!this.#isStopped) this.#cancel = this.#host.runtime.after(PAUSE_MS, () => this.#publish())
  }

  /** An event that throws is left out, and does not hold up the others. */
  #take(event: ToldState): boolean {
    try {
      return this.#host.publish(event)
    } catch (thrown) {
      this.#host.note(thrown)
      return true
    }
  }
}
