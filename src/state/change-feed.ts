import type { StateChange } from './state-store.js'

type Listener = (change: StateChange) => void

interface Announced {
  change: StateChange
  outcome: 'open' | 'stored' | 'failed'
}

/** Reports the changes of one bucket to its watchers, in the order of their revisions. */
export class ChangeFeed {
  #watchers: readonly { prefix: string; listener: Listener }[] = []
  readonly #announced: Announced[] = []

  watch(prefix: string, listener: Listener): () => void {
    const watcher = { prefix, listener }
    this.#watchers = [...this.#watchers, watcher]
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher)
    }
  }

  /** Announces a change that is about to be stored; the returned function reports whether it was. */
  announce(change: StateChange): (stored: boolean) => void {
    const announced: Announced = { change, outcome: 'open' }
    this.#announced.push(announced)
    return (stored) => {
      announced.outcome = stored ? 'stored' : 'failed'
      this.#tellSettled()
    }
  }

  #tellSettled(): void {
    while (this.#announced.length > 0 && this.#announced[0].outcome !== 'open') {
      const { change, outcome } = this.#announced[0]
      this.#announced.shift()
      if (outcome === 'stored') this.#notify(change)
    }
  }

  #notify(change: StateChange): void {
    for (const { prefix, listener } of this.#watchers) if (change.key.startsWith(prefix)) listener(change)
  }
}
