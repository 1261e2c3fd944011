import type { OwnEvent } from '../../bus/api.js'
import type { Runtime } from '../../event/runtime.js'
import type { HaObserver } from '../../observers/ha.js'

/** Announcements that wait at once. With more of them, the hub waits for nobody. */
const MAX_WAITING = 1000

/**
 * Announces what happens among the hubs that share a log, one after the other: the next is announced when the observers
 * let the hub go on, or at the deadline.
 */
export class HaAnnouncements {
  readonly #runtime: Pick<Runtime, 'after'>
  readonly #deadline: () => number
  readonly #observers = new Set<HaObserver>()
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #goOn: () => void = () => undefined

  /** `deadline`: how long each of them may hold up the hub, ms. */
  constructor(runtime: Pick<Runtime, 'after'>, deadline: () => number) {
    this.#runtime = runtime
    this.#deadline = deadline
  }

  /** Returns a function that ends it. */
  observe(observer: HaObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** Resolves when the hub may go on. */
  announce(event: OwnEvent): Promise<void> {
    this.#waiting++
    if (this.#waiting > MAX_WAITING) this.#goOn()
    this.#last = this.#last.then(() => this.#tell(event)).finally(() => this.#waiting--)
    return this.#last
  }

  async #tell(event: OwnEvent): Promise<void> {
    const asked = [...this.#observers].map(async (observer) => observer.happened(event))
    // An observer that fails cannot stop the hub.
    const answered = Promise.allSettled(asked)
    if (this.#waiting > MAX_WAITING) return
    await new Promise<void>((resolve) => {
      // A gate opens when its event is stored, and that may take long without a primary.
      const cancel = this.#runtime.after(this.#deadline(), resolve)
      this.#goOn = () => {
        cancel()
        resolve()
      }
      void answered.then(this.#goOn)
    })
  }
}
