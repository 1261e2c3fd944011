import { hash } from 'node:crypto'

/** Topics whose last message is remembered, those with the newest messages. */
const MOST_TOPICS = 10_000
/** Characters of base64 for a topic or a message: 66 bits. */
const SHORT = 11
const PAIR = new RegExp(`[\\w-]{${2 * SHORT}}`, 'g')

/** The last message of each topic, so that one that the broker sends once more is known. */
export class LastMessages {
  readonly #messages = new Map<string, string>()

  /** `kept`: what `kept` has returned. */
  constructor(kept = '') {
    for (const [pair] of kept.matchAll(PAIR)) this.#messages.set(pair.slice(0, SHORT), pair.slice(SHORT))
  }

  /** True if it may have forgotten topics. */
  get isFull(): boolean {
    return this.#messages.size >= MOST_TOPICS
  }

  has(topic: string, payload: Uint8Array): boolean {
    return this.#messages.get(shortHash(topic)) === shortHash(payload)
  }

  add(topic: string, payload: Uint8Array): void {
    const key = shortHash(topic)
    // The oldest one comes first.
    this.#messages.delete(key)
    for (const oldest of this.#messages.keys()) {
      if (!this.isFull) break
      this.#messages.delete(oldest)
    }
    this.#messages.set(key, shortHash(payload))
  }

  kept(): string {
    return [...this.#messages].flat().join('')
  }
}

function shortHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url').slice(0, SHORT)
}
