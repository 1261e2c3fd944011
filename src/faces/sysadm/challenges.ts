import type { Runtime } from '../../event/runtime.js'
import { secretText } from '../../protocols/sysadm/codec/secret-text.js'

const USUAL_LENGTH = 20
/** Time that a test string is valid, ms. */
const LIFE = 30_000
/** Test strings that one peer may have open. Connections are limited, and so are test strings. */
const MAX_OF_PEER = 4

/** The test strings that clients are to encrypt. Each is good for one login, from any connection. */
export class Challenges {
  readonly #runtime: Runtime
  readonly #length: number
  /** When each ends, ms (monotonic). */
  readonly #due = new Map<string, number>()

  constructor(runtime: Runtime, length = USUAL_LENGTH) {
    this.#runtime = runtime
    this.#length = length
  }

  /** Returns a new test string. `own` are those of the same peer, which must be given back with `forget`. */
  make(own: string[]): string {
    while (own.length >= MAX_OF_PEER) this.#due.delete(own.shift() ?? '')
    const text = secretText(this.#length, this.#runtime.random)
    this.#due.set(text, this.#runtime.monotonic() + LIFE)
    own.push(text)
    return text
  }

  /** Returns whether the text is a valid test string, which it is no longer after this. */
  take(text: string): boolean {
    const due = this.#due.get(text)
    this.#due.delete(text)
    return due !== undefined && this.#runtime.monotonic() < due
  }

  forget(own: readonly string[]): void {
    for (const text of own) this.#due.delete(text)
  }
}
