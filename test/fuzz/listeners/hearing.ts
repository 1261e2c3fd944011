/** How long a peer waits for answers before it leaves: not at all, until it is quiet, or until an answer fits. */
export type Patience = 'none' | 'short' | RegExp

const QUIET_MS = 30
const LONG_MS = 60_000
const MAX_ANSWER = 256 * 1024

/** The ear of a peer: collects what comes back, and leaves when that is enough. */
export class Hearing {
  answer = ''
  readonly #patience: Patience
  readonly #left: (answer: string) => void
  #timer: NodeJS.Timeout

  /** `left` is called when the peer leaves, once or more often. */
  constructor(patience: Patience, left: (answer: string) => void) {
    this.#patience = patience
    this.#left = left
    this.#timer = setTimeout(this.leave, LONG_MS)
  }

  readonly leave = (): void => {
    clearTimeout(this.#timer)
    this.#left(this.answer)
  }

  /** Everything is said. */
  wait(): void {
    if (this.#patience !== 'short') return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.leave, QUIET_MS)
  }

  hear(chunk: Buffer): void {
    this.answer += chunk.toString('latin1')
    const fits = this.#patience instanceof RegExp && this.#patience.test(this.answer)
    if (fits || this.answer.length > MAX_ANSWER) this.leave()
    else this.wait()
  }
}
