import { AsyncResource } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { asError } from '../errors/thrown.js'
import type { Runtime } from '../event/runtime.js'
import { begin, type Work } from '../parts/work.js'
import { reportCut } from './cuts.js'
import { type ReadingTurns, readingTurns } from './reading-turns.js'
import { TimedPieces } from './timed-pieces.js'
import type { Units } from './units.js'

export interface GuardedSocketOptions {
  readonly runtime: Runtime
  /** The name that the watchdog uses for reading from it. */
  readonly work: Work
  /** Default: pieces by the time that they take. */
  readonly units?: Units
  /** Called after each unit. A reason that it returns ends the connection. */
  fault?(): string | undefined
}

/** Bytes that wait to be handed over, above which the system keeps what comes. */
const MOST_HELD = 64 * 1024
/** Bytes that the peer has not read, above which nothing of it is read. */
const MOST_UNREAD = 64 * 1024

/**
 * A connection as the library of its protocol sees it. Such libraries work at once on all that a read brings, answer
 * whether or not the peer reads, and take any number of bytes. This hands the bytes over in units, in turns with all
 * other connections, and none while too many answers wait. `expect` bounds how many bytes may come.
 */
export class GuardedSocket extends Duplex {
  readonly #socket: Socket
  readonly #options: GuardedSocketOptions
  readonly #units: Units
  readonly #turns: ReadingTurns
  /** Bytes that may still come. */
  #expected = Infinity
  #excess = ''
  #isWanted = false
  #hasEnded = false

  constructor(socket: Socket, options: GuardedSocketOptions) {
    super({ readableHighWaterMark: MOST_HELD, allowHalfOpen: false })
    this.#socket = socket
    this.#options = options
    this.#units = options.units ?? new TimedPieces(options.runtime)
    this.#turns = readingTurns(options.runtime)
    socket.on('data', (bytes: Buffer) => this.#received(bytes))
    socket.once('end', () => {
      this.#hasEnded = true
      this.#turns.add(this.#read)
    })
    socket.on('error', (error) => this.destroy(error))
    socket.once('close', () => this.destroy())
    socket.once('connect', () => this.emit('connect'))
    socket.on('timeout', () => this.emit('timeout'))
    socket.pause()
  }

  get connecting(): boolean {
    return this.#socket.connecting
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort
  }

  get remoteFamily(): string | undefined {
    return this.#socket.remoteFamily
  }

  /** From now on at most this number of bytes may come: one more ends the connection with the reason. */
  expect(bytes: number, reason = ''): void {
    this.#expected = bytes
    this.#excess = reason
  }

  connect(port: number, host: string): this {
    this.#socket.connect(port, host)
    return this
  }

  setTimeout(ms: number): this {
    this.#socket.setTimeout(ms)
    return this
  }

  setKeepAlive(isOn: boolean, afterMs?: number): this {
    this.#socket.setKeepAlive(isOn, afterMs)
    return this
  }

  setNoDelay(isOn?: boolean): this {
    this.#socket.setNoDelay(isOn)
    return this
  }

  ref(): this {
    this.#socket.ref()
    return this
  }

  unref(): this {
    this.#socket.unref()
    return this
  }

  /** Ends the connection when all is sent. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _read(): void {
    this.#isWanted = true
    this.#turns.add(this.#read)
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#written(this.#socket.write(bytes), done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.cork()
    let hasRoom = true
    for (const { chunk } of chunks) hasRoom = this.#socket.write(chunk)
    this.#socket.uncork()
    this.#written(hasRoom, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#turns.remove(this.#read)
    const closed = () => done(error)
    // Not before, so that libraries hear of the reason first.
    if (this.#socket.closed) closed()
    else this.#socket.once('close', closed)
    this.#socket.destroy()
  }

  #written(hasRoom: boolean, done: (error?: Error | null) => void): void {
    const taken = () => {
      done()
      this.#turns.add(this.#read)
    }
    if (hasRoom) done()
    else this.#socket.once('drain', taken)
  }

  #received(bytes: Buffer): void {
    this.#expected -= bytes.length
    if (this.#expected < 0) {
      this.#cut(this.#excess)
      return
    }
    this.#units.push(bytes)
    if (this.#units.held >= MOST_HELD) this.#socket.pause()
    this.#turns.add(this.#read)
  }

  /** Runs as work of the part that has opened the connection. */
  readonly #read = AsyncResource.bind((): boolean => {
    try {
      return !this.destroyed && this.#handOver()
    } catch (thrown) {
      this.#cut(asError(thrown).message, thrown)
      return false
    }
  })

  /** Returns whether more may follow. */
  #handOver(): boolean {
    if (!this.#isWanted || this.writableLength >= MOST_UNREAD) return false
    const unit = this.#units.next()
    if (unit === undefined) {
      if (!this.#hasEnded) this.#socket.resume()
      else if (!this.readableEnded) this.push(null)
      return false
    }
    begin(this.#options.work)
    this.#isWanted = this.push(unit)
    this.#units.done?.()
    const fault = this.#options.fault?.()
    if (fault !== undefined) this.#cut(fault)
    return fault === undefined
  }

  #cut(reason: string, cause: unknown = new Error(reason)): void {
    reportCut({ work: this.#options.work, reason })
    this.destroy(asError(cause))
  }
}
