import type { TagMatcher } from '../codec/match.js'

export interface SaltEventRecord<Data = Record<string, unknown>> {
  tag: string
  data: Data
}

interface Interest {
  tag: string
  matcher: TagMatcher
}

/** Events that one call passed over and a subscription asked to keep, oldest first. */
export class PendingEvents {
  readonly limit: number
  readonly #interests: Interest[] = []
  #events: SaltEventRecord[] = []
  #dropped = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Events that were left out because too many waited. */
  get dropped(): number {
    return this.#dropped
  }

  /** The same may be there more than once. */
  subscribe(tag: string, matcher: TagMatcher): void {
    this.#interests.push({ tag, matcher })
  }

  /** False when there is none like it. Events that nobody else asked for are forgotten. */
  unsubscribe(tag: string, matcher: TagMatcher): boolean {
    const at = this.#interests.findIndex((one) => one.tag === tag && one.matcher === matcher)
    if (at < 0) return false
    this.#interests.splice(at, 1)
    this.#events = this.#events.filter((event) => this.#isWanted(event))
    return true
  }

  /** Keeps the event if a subscription matches; over the limit the oldest goes. True when one had to go. */
  keep(event: SaltEventRecord): boolean {
    if (!this.#isWanted(event)) return false
    this.#events.push(event)
    if (this.#events.length <= this.limit) return false
    this.#events.shift()
    this.#dropped++
    return true
  }

  /** The oldest that matches. Of the others stay those that match too, and those of subscriptions. */
  take(tag: string, matcher: TagMatcher): SaltEventRecord | undefined {
    if (this.#events.length === 0) return undefined
    let taken: SaltEventRecord | undefined
    this.#events = this.#events.filter((event) => {
      const matches = matcher(event.tag, tag)
      if (!matches || taken !== undefined) return matches || this.#isWanted(event)
      taken = event
      return false
    })
    return taken
  }

  clear(): void {
    this.#events = []
  }

  #isWanted(event: SaltEventRecord): boolean {
    return this.#interests.some(({ tag, matcher }) => matcher(event.tag, tag))
  }
}
