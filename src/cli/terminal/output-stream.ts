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
  readonly #stream: OutputTarget
  #wake: (() => void) | undefined

  constructor(stream: OutputTarget, onClosed: (error: NodeJS.ErrnoException) => void = () => {}) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.closed) return
      this.closed = true
      this.error = error
      this.#wakeUp()
      onClosed(error)
    })
    stream.on('drain', () => this.#wakeUp())
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** The terminal's width; undefined if the output is not a terminal. */
  get columns(): number | undefined {
    return this.isTerminal ? this.#stream.columns || 80 : undefined
  }

  get rows(): number {
    return this.#stream.rows || 24
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

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
