import { setMaxListeners } from 'node:events'
import type { ReadStream, WriteStream } from 'node:tty'
import { Exit } from './help/exit-codes.js'
import { type ColorMode, type Colors, colorsFor } from './terminal/colors.js'
import { OutputStream } from './terminal/output-stream.js'
import { escapeText } from './terminal/text.js'

/** Why a command ends before its work is done; the reason of `io.signal`. */
export class Ending extends Error {
  readonly exit: number

  constructor(exit: number, message = '') {
    super(message)
    this.exit = exit
  }
}

/** The environment of a command: data goes to `out`, everything else to `err`. */
export interface Io {
  readonly stdin: ReadStream
  readonly out: OutputStream
  readonly err: WriteStream
  readonly env: NodeJS.ProcessEnv
  /** For `out`. */
  readonly colors: Colors
  /** For lines on `err`. */
  readonly errColors: Colors
  /** Sets what --color asks for. */
  useColors(mode: ColorMode): void
  /** Fires when the command must end: on Ctrl-C, on a signal, or when the output is closed. */
  readonly signal: AbortSignal
  /** Lets the command handle SIGINT, SIGTERM and SIGHUP itself. */
  takeSignals(): void
  /** A line for the person at the terminal: `tocsin: …`. */
  note(text: string): void
}

export function processIo(): Io {
  const ending = new AbortController()
  // Requests side by side all listen.
  setMaxListeners(0, ending.signal)
  const end = (exit: number, message?: string) => ending.abort(new Ending(exit, message))
  const out = new OutputStream(process.stdout, (error) => {
    if (error.code === 'EPIPE') end(Exit.ok)
    else end(Exit.failed, `the output cannot be written: ${error.message}`)
  })
  process.stderr.on('error', () => {})
  const interrupt = () => {
    // The second interrupt ends the process at once.
    if (ending.signal.aborted) process.exit(Exit.interrupted)
    end(Exit.interrupted)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, interrupt)
  let mode: ColorMode = 'auto'
  return {
    stdin: process.stdin,
    out,
    err: process.stderr,
    env: process.env,
    get colors() {
      return colorsFor(process.stdout, process.env, mode)
    },
    get errColors() {
      return colorsFor(process.stderr, process.env, mode)
    },
    useColors: (wanted) => {
      mode = wanted
    },
    signal: ending.signal,
    takeSignals: () => {
      for (const name of signals) process.off(name, interrupt)
    },
    note: (text) => process.stderr.write(`tocsin: ${escapeText(text)}\n`),
  }
}
