import { AsyncResource } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { asError } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import { begin, type Work } from '../parts/work.js'
import { reportCut } from './cuts.js'
import { type ReadingTurns, readingTurns } from './reading-turns.js'
import { TimedPieces } from './timed-pieces.js'

const NOTHING = Buffer.alloc(0)

/** Reads of at most this length are parsed at once: the shortest request has 20 bytes. */
const SHORT = 1024

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
  readonly #parse: ReturnType<Socket['listeners']>[number]
  readonly #turns: ReadingTurns
  /** Bytes that could not be parsed at once. Most connections never have any. */
  #later: Unparsed | undefined
  /** False while Node has paused the connection. */
  #isWanted = true
  #isOver = false

  /** Node's server must have taken the connection. */
  constructor(socket: Socket, options: GuardedParserOptions) {
    this.#socket = socket
    this.#options = options
    this.#turns = readingTurns(options.runtime)
    this.#parse = socket.listeners('data')[0]
    // A listener that is added takes the connection back from the parser, which would read from it directly.
    socket.removeAllListeners('data').on('data', this.#received)
    Object.assign(socket, { pause: () => this.#want(false), resume: () => this.#want(true) })
  }

  /** Continues when there is room again. */
  readOn(): void {
    if (!this.#isOver && this.#later !== undefined && this.#held > 0) this.#turns.add(this.#later.read)
  }

  /** Parses nothing more: what still comes is dropped. */
  stop(): void {
    this.#isOver = true
    this.#later = undefined
    this.#wantAgain()
    this.#socket.resume()
  }

  /** Gives the connection back. Returns what has come and was not parsed. */
  release(): Buffer {
    this.#isOver = true
    this.#socket.off('data', this.#received)
    this.#wantAgain()
    return this.#later?.pieces.takeRest() ?? NOTHING
  }

  get #held(): number {
    return this.#later?.pieces.held ?? 0
  }

  #want(isWanted: boolean): Socket {
    this.#isWanted = isWanted
    if (this.#held > 0) this.readOn()
    else this.#flow(isWanted)
    return this.#socket
  }

  #flow(isOn: boolean): void {
    const { pause, resume } = Object.getPrototypeOf(this.#socket)
    Reflect.apply(isOn ? resume : pause, this.#socket, [])
  }

  /** Lets `pause` and `resume` be those of its class. A socket from which properties are deleted takes more memory. */
  #wantAgain(): void {
    const { pause, resume } = Object.getPrototypeOf(this.#socket)
    Object.assign(this.#socket, { pause, resume })
  }

  readonly #received = (bytes: Buffer): void => {
    if (this.#isOver) return
    if (bytes.length <= SHORT && this.#held === 0 && this.#turns.hasTime && this.#mayParse) {
      Reflect.apply(this.#parse, this.#socket, [bytes])
      return
    }
    this.#later ??= this.#makeUnparsed()
    const isFirst = this.#held === 0
    this.#later.pieces.push(bytes)
    while (isFirst && this.#turns.hasTime && this.#handOver());
    if (this.#held === 0) return
    this.#flow(false)
    this.readOn()
  }

  #makeUnparsed(): Unparsed {
    const read = AsyncResource.bind((): boolean => {
      try {
        begin(this.#options.work)
        return this.#handOver()
      } catch (thrown) {
        reportCut({ work: this.#options.work, reason: asError(thrown).message })
        this.#socket.destroy(asError(thrown))
        return false
      }
    })
    return { pieces: new TimedPieces(this.#options.runtime), read }
  }

  get #mayParse(): boolean {
    return !this.#isOver && this.#isWanted && !this.#socket.destroyed && this.#options.hasRoom()
  }

  /** Returns whether more may follow. */
  #handOver(): boolean {
    const pieces = this.#later?.pieces
    const piece = this.#mayParse ? pieces?.next() : undefined
    if (pieces === undefined || piece === undefined) return false
    Reflect.apply(this.#parse, this.#socket, [piece])
    pieces.done()
    if (this.#isOver || pieces.held > 0) return !this.#isOver
    this.#flow(this.#isWanted)
    return false
  }
}

interface Unparsed {
  readonly pieces: TimedPieces
  readonly read: () => boolean
}
