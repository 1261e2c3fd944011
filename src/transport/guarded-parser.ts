import { AsyncResource } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { asError } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import { begin, type Work } from '../parts/work.js'
import { reportCut } from './cuts.js'
import { type ReadingTurns, readingTurns } from './reading-turns.js'
import { TimedPieces } from './timed-pieces.js'

export interface GuardedParserOptions {
  readonly runtime: Runtime
  /** The name that the watchdog uses for parsing. */
  readonly work: Work
  /** True while more requests may come. */
  hasRoom(): boolean
}

/**
 * Stands between a connection and Node's parser of HTTP, which makes all requests of a read at once: 64 KiB hold more
 * than 2,000. The parser gets what comes in pieces, in turns with all other connections, and none while too many
 * requests wait.
 */
export class GuardedParser {
  readonly #socket: Socket
  readonly #options: GuardedParserOptions
  readonly #parse: (bytes: Buffer) => void
  readonly #flow: (isOn: boolean) => void
  readonly #pieces: TimedPieces
  readonly #turns: ReadingTurns
  /** False while Node has paused the connection. */
  #isWanted = true
  #isOver = false

  /** Node's server must have taken the connection. */
  constructor(socket: Socket, options: GuardedParserOptions) {
    this.#socket = socket
    this.#options = options
    this.#pieces = new TimedPieces(options.runtime)
    this.#turns = readingTurns(options.runtime)
    const [parse] = socket.listeners('data')
    this.#parse = (bytes) => Reflect.apply(parse, socket, [bytes])
    const [pause, resume] = [socket.pause.bind(socket), socket.resume.bind(socket)]
    this.#flow = (isOn) => void (isOn ? resume() : pause())
    // A listener that is added takes the connection back from the parser, which would read from it directly.
    socket.removeAllListeners('data').on('data', this.#received)
    Object.assign(socket, { pause: () => this.#want(false), resume: () => this.#want(true) })
  }

  /** Continues when there is room again. */
  readOn(): void {
    if (!this.#isOver && this.#pieces.held > 0) this.#turns.add(this.#read)
  }

  /** Parses nothing more: what still comes is dropped. */
  stop(): void {
    this.#isOver = true
    this.#pieces.takeRest()
    this.#wantAgain()
    this.#socket.resume()
  }

  /** Gives the connection back. Returns what has come and was not parsed. */
  release(): Buffer {
    this.#isOver = true
    this.#socket.off('data', this.#received)
    this.#wantAgain()
    return this.#pieces.takeRest()
  }

  #want(isWanted: boolean): Socket {
    this.#isWanted = isWanted
    if (this.#pieces.held > 0) this.readOn()
    else this.#flow(isWanted)
    return this.#socket
  }

  /** Lets `pause` and `resume` be those of its class. A socket from which properties are deleted takes more memory. */
  #wantAgain(): void {
    const { pause, resume } = Object.getPrototypeOf(this.#socket)
    Object.assign(this.#socket, { pause, resume })
  }

  readonly #received = (bytes: Buffer): void => {
    if (this.#isOver) return
    const isFirst = this.#pieces.held === 0
    this.#pieces.push(bytes)
    while (isFirst && this.#turns.hasTime && this.#handOver());
    if (this.#pieces.held === 0) return
    this.#flow(false)
    this.readOn()
  }

  readonly #read = AsyncResource.bind((): boolean => {
    try {
      begin(this.#options.work)
      return this.#handOver()
    } catch (thrown) {
      reportCut({ work: this.#options.work, reason: asError(thrown).message })
      this.#socket.destroy(asError(thrown))
      return false
    }
  })

  /** Returns whether more may follow. */
  #handOver(): boolean {
    if (this.#isOver || !this.#isWanted || this.#socket.destroyed || !this.#options.hasRoom()) return false
    const piece = this.#pieces.next()
    if (piece === undefined) return false
    this.#parse(piece)
    this.#pieces.done()
    if (this.#isOver || this.#pieces.held > 0) return !this.#isOver
    this.#flow(this.#isWanted)
    return false
  }
}
