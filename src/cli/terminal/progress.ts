import type { Io } from '../io.js'
import { cut, escapeText } from './text.js'

const EVERY_MS = 100

/** A status line on stderr that is updated during long work; nothing if stderr is not a terminal. */
export class Progress {
  readonly #io: Io
  readonly #text: () => string
  #next = 0
  #shown = false

  /** `text` is called only when the line is shown. */
  constructor(io: Io, text: () => string) {
    this.#io = io
    this.#text = text
    // Short work shows nothing.
    this.#next = performance.now() + 3 * EVERY_MS
  }

  tick(): void {
    if (this.#io.err.isTTY !== true) return
    const now = performance.now()
    if (now < this.#next) return
    this.#next = now + EVERY_MS
    this.#shown = true
    this.#io.err.write(`\r\x1b[K${cut(escapeText(this.#text()), (this.#io.err.columns || 80) - 1)}`)
  }

  end(): void {
    if (this.#shown) this.#io.err.write('\r\x1b[K')
    this.#shown = false
  }
}
