import { writeSync } from 'node:fs'
import type { Io } from '../io.js'
import { type Key, readKeys } from './keys.js'

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** Takes over the whole terminal: keys in, lines out. It is restored on every exit. */
export class FullScreen {
  readonly #io: Io
  readonly #onKey: (key: Key) => void
  readonly #onResize: () => void
  #shown: string[] = []
  #open = false
  readonly #input = (text: string) => {
    for (const key of readKeys(text)) this.#onKey(key)
  }
  readonly #resized = () => {
    this.#shown = []
    this.#onResize()
  }
  readonly #restore = () => {
    if (this.#open) writeSync(1, LEAVE)
  }

  constructor(io: Io, onKey: (key: Key) => void, onResize: () => void) {
    this.#io = io
    this.#onKey = onKey
    this.#onResize = onResize
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#io.out.columns ?? 80, rows: this.#io.out.rows }
  }

  open(): void {
    const { stdin, out } = this.#io
    this.#open = true
    process.on('exit', this.#restore)
    out.write(ENTER)
    stdin.setRawMode(true)
    stdin.setEncoding('utf8')
    stdin.on('data', this.#input)
    out.stream.on('resize', this.#resized)
  }

  /** Writes the lines that changed. A terminal that does not keep up skips to a later picture. */
  draw(lines: readonly string[]): void {
    if (this.#io.out.stream.writableNeedDrain) return
    let output = ''
    for (const [row, line] of lines.entries()) {
      if (this.#shown[row] !== line) output += `\x1b[${row + 1};1H\x1b[K${line}\x1b[0m`
    }
    this.#shown = [...lines]
    if (output !== '') this.#io.out.write(output)
  }

  close(): void {
    if (!this.#open) return
    const { stdin, out } = this.#io
    this.#open = false
    process.off('exit', this.#restore)
    stdin.off('data', this.#input)
    out.stream.off('resize', this.#resized)
    stdin.setRawMode(false)
    stdin.pause()
    out.write(LEAVE)
  }
}
