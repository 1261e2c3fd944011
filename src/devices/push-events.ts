import type { Cancel, Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import { keyOfItem, type PushItem } from './item.js'

/** Until what the log has not accepted is tried again, ms. */
const PAUSE_MS = 1_000

interface ToldState {
  readonly tag: string
  readonly data: unknown
}

export interface PushEventsHost {
  readonly runtime: Runtime
  publish(event: ToldState): boolean
}

/** Publishes the states of changes. While the log accepts no events, the last state of each change waits. */
export class PushEvents {
  readonly #host: PushEventsHost
  readonly #waiting = new Map<string, ToldState>()
  #cancel: Cancel | undefined

  constructor(host: PushEventsHost) {
    this.#host = host
  }

  tell(item: PushItem, state: PushItem['state'] | 'deleted'): void {
    const { change: _, before: __, after: ___, ...shown } = item
    const tag = `hub/push/${tagSegment(item.device)}/${state}`
    // Behind those that wait, so that states come in their order.
    this.#waiting.delete(keyOfItem(item))
    this.#waiting.set(keyOfItem(item), { tag, data: { ...shown, state } })
    this.#publish()
  }

  stop(): void {
    this.#cancel?.()
  }

  #publish(): void {
    this.#cancel?.()
    for (const [key, event] of this.#waiting) {
      if (!this.#host.publish(event)) {
        this.#cancel = this.#host.runtime.after(PAUSE_MS, () => this.#publish())
        return
      }
      this.#waiting.delete(key)
    }
  }
}
