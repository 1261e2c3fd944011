import type { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'

/** Standard output, or a file. */
export type OutputTarget = Writable & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>

/**
 * Where output goes. Writers wait for `room()`, so that a slow reader of the output makes this program a slow
 * subscriber and never fills its memory.
 */
export class OutputStream {
  /** The reader closed the output (`| head`), or writing failed. */
  closed = false
  error: NodeJS.ErrnoException | undefined
  /** Standard output itself, which has the size of the terminal also while a pager stands between. */
  readonly #screen: OutputTarget
  readonly #onClosed: (error: NodeJS.ErrnoException) => void
  #stream: OutputTarget
  #pagerEnded: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(stream: OutputTarget, onClosed: (error: NodeJS.ErrnoException) => void = () => {}) {
    this.#screen = stream
    this.#stream = stream
    this.#onClosed = onClosed
    this.#listenTo(stream)
  }

  /** Writes to a pager from now on; `ended` resolves when it has ended. */
  redirect(pager: Writable, ended: Promise<void>): void {
    this.#stream = pager
    this.#pagerEnded = ended
    this.#listenTo(pager)
  }

  #listenTo(stream: OutputTarget): void {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.closed) return
      this.closed = true
      this.error = error
      this.#wakeUp()
      this.#onClosed(error)
    })
    stream.on('drain', () => this.#wakeUp())
  }

  get isTerminal(): boolean {
    return this.#screen.isTTY === true
  }

  /** The terminal's width; undefined if the output is not a terminal. */
  get columns(): number | undefined {
    return this.isTerminal ? this.#screen.columns || 80 : undefined
  }

  get rows(): number {
    return this.#screen.rows || 24
  }

  get stream(): OutputTarget {
    return this.#stream
  }

  /** False: wait for `room()` before more is written. */
  write(chunk: string | Uint8Array): boolean {
    if (this.closed) return false
    return this.#stream.write(chunk)
  }

  line(text: string): boolean {
    return this.write(`${text}\n`)
  }

  room(): Promise<void> {
    if (this.closed || !this.#stream.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Resolves when everything written has left this process, or never will. */
  async flush(): Promise<void> {
    if (this.closed) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#stream.write('', () => resolve())
    })
    // A stream reports a failed write one turn later.
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** The last call: writes everything, and waits until the reader of a pager has finished. */
  async finish(): Promise<void> {
    await this.flush()
    if (this.#pagerEnded === undefined) return
    if (!this.closed) this.#stream.end()
    await this.#pagerEnded
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
