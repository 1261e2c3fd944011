import type { Member } from './members.js'

/** Time that a hub that has left silently is named, ms: somebody looks within a day, or it has gone for good. */
const REMEMBERED_MS = 24 * 3600e3
const MAX_REMEMBERED = 100

/** A hub that has gone without a word: it has crashed, or cannot reach NATS. */
export interface SilentHub {
  name: string
  address?: string
  /** µs since the epoch */
  since: number
}

/** The hubs that have gone without a word, while this one runs. */
export class SilentHubs {
  readonly #hubs = new Map<string, SilentHub>()

  add({ name, address }: Pick<Member, 'name' | 'address'>, since: number): void {
    this.#hubs.delete(name)
    if (this.#hubs.size < MAX_REMEMBERED) this.#hubs.set(name, { name, ...(address && { address }), since })
  }

  arrived({ name }: Pick<Member, 'name'>): void {
    this.#hubs.delete(name)
  }

  /** `now`: µs since the epoch. */
  list(now: number): SilentHub[] {
    const oldest = now - REMEMBERED_MS * 1000
    for (const [name, { since }] of this.#hubs) if (since < oldest) this.#hubs.delete(name)
    return [...this.#hubs.values()]
  }
}
