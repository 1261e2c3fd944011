import type { TagMatcher } from '../codec/match.js'

export interface SaltEventRecord<Data = Record<string, unknown>> {
  tag: string
  data: Data
}

interface TagSubscription {
  tag: string
  matcher: TagMatcher
}

/** Events that a call skipped and a subscription wants to keep, oldest first. */
export class PendingEvents {
  readonly limit: number
  readonly #interests: TagSubscription[] = []
  #events: SaltEventRecord[] = []
  #dropped = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** Number of events dropped because too many waited. */
  get dropped(): number {
    return this.#dropped
  }

  /** The same subscription may be added several times. */
  subscribe(tag: string, matcher: TagMatcher): void {
    this.#interests.push({ tag, matcher })
  }

  /** Removes one subscription and the events that no other one matches. False if there is no such subscription. */
  unsubscribe(tag: string, matcher: TagMatcher): boolean {
    const at = this.#interests.findIndex((one) => one.tag === tag && one.matcher === matcher)
    if (at < 0) return false
    this.#interests.splice(at, 1)
    this.#events = this.#events.filter((event) => this.#isWanted(event))
    return true
  }

  /** Keeps the event if a subscription matches. Returns true if the oldest event had to be dropped for it. */
  keep(event: SaltEventRecord): boolean {
    if (!this.#isWanted(event)) return false
    this.#events.push(event)
    if (this.#events.length <= this.limit) return false
    this.#events.shift()
    this.#dropped++
    return true
  }

  /** Takes the oldest matching event. Drops events that match neither this call nor a subscription. */
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
