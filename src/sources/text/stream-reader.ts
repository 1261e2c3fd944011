import type { Readable } from 'node:stream'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { begin } from '../../parts/work.js'
import { type ReadingTurns, readingOfPart, readingTurns } from '../../transport/reading-turns.js'

const RETRY_MS = 50
/** Time until it is the turn of another stream, ms: a chunk may have thousands of pieces. */
const SLICE_MS = 1
const READING = { face: 'source', what: 'stream' }
/** A writer that fills more of the pipe than this is ahead of the hub, and to wait for it gains nothing. */
const LITTLE_BYTES = 16 * 1024

/** Divides a stream into pieces: lines, or messages. */
export interface Splitter<Piece> {
  feed(chunk: Buffer): void
  /** Returns the next piece; undefined if its end has not arrived. */
  next(): Piece | undefined
  /** Returns what is left when the stream has ended; undefined if there is nothing more. */
  rest(): Piece | undefined
}

export interface StreamReaderOptions<Piece> {
  stream: Readable
  splitter: Splitter<Piece>
  runtime: Runtime
  /**
   * For a writer that writes each piece by itself: while pieces follow each other within this time, ms, nothing is read
   * for as long after each read. A turn of the event loop for each piece takes several times as long as the piece.
   */
  gatherFor?: number
  /** Returns false if the hub accepts no events at present. */
  take(piece: Piece): boolean
  /** Called when everything that has arrived for now is taken. */
  drained?(): void
  /** Called when the stream has ended and everything of it is taken. */
  over(): void
}

/**
 * Reads a stream piece by piece. While the hub accepts no events, nothing is read, so that the writer waits and nothing
 * is lost.
 */
export class StreamReader<Piece> {
  readonly #options: StreamReaderOptions<Piece>
  readonly #turns: ReadingTurns
  #refused: Piece | undefined
  /** The chunks that are not divided yet. */
  readonly #chunks: Buffer[] = []
  /** True if pieces that have arrived are taken later. */
  #isLater = false
  #retry: Cancel | undefined
  /** When the last chunk arrived, by the monotonic clock, ms. */
  #arrived = Number.NEGATIVE_INFINITY
  /** True if the last chunk was little, and came soon after the previous one. */
  #isTrickle = false
  #ended = false
  #abandoned = false

  constructor(options: StreamReaderOptions<Piece>) {
    this.#options = options
    const { stream, runtime } = options
    this.#turns = readingTurns(runtime)
    stream.on('data', (chunk: Buffer) => {
      this.#add(chunk)
      // Node resumes the output of a process that has ended.
      if (this.#isLater) stream.pause()
      else this.#advance()
    })
    stream.on('error', () => stream.destroy())
    stream.on('close', () => {
      this.#ended = true
      this.#advance()
    })
  }

  /** Takes a piece that does not come from the stream, after those that wait. */
  add(piece: Piece): void {
    if (this.#refused === undefined && this.#options.take(piece)) return
    if (this.#refused !== undefined) throw new Error('a piece waits already')
    this.#refused = piece
    this.#advance()
  }

  /** True if pieces that have arrived wait to be taken. */
  get waits(): boolean {
    return this.#isLater
  }

  /** Ends the stream; nothing more is taken. */
  abandon(): void {
    this.#abandoned = true
    this.#retry?.()
    this.#turns.remove(this.#read)
    this.#options.stream.removeAllListeners('data')
    this.#options.stream.destroy()
  }

  #add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    const { runtime, gatherFor } = this.#options
    if (gatherFor === undefined) return
    const now = runtime.monotonic()
    // The pause itself is part of the time between two chunks.
    this.#isTrickle = chunk.length < LITTLE_BYTES && now - this.#arrived < 2 * gatherFor
    this.#arrived = now
  }

  #advance(): void {
    if (this.#abandoned || this.#isLater) return
    let left: 'refused' | 'more' | undefined = 'more'
    while (left === 'more' && this.#turns.hasTime) left = this.#drain()
    if (left === 'more') {
      this.#isLater = true
      this.#options.stream.pause()
      this.#turns.add(this.#read)
    } else this.#drained(left)
  }

  readonly #read = readingOfPart(() => {
    const left = this.#drain()
    if (left === 'more') return true
    this.#isLater = false
    this.#drained(left)
    return false
  })

  #drained(left: 'refused' | undefined): void {
    const { stream, drained, over } = this.#options
    if (left === 'refused') {
      stream.pause()
      this.#retryLater()
      return
    }
    drained?.()
    if (this.#ended) {
      this.#abandoned = true
      over()
    } else if (this.#isTrickle) this.#gather()
    else if (stream.isPaused()) stream.resume()
  }

  /** Reads what arrives meanwhile at once. */
  #gather(): void {
    const { stream, runtime, gatherFor = 0 } = this.#options
    this.#isTrickle = false
    this.#isLater = true
    stream.pause()
    this.#retry = runtime.after(gatherFor, () => {
      this.#isLater = false
      // All that has arrived is emitted as one chunk.
      if (stream.read() === null) this.#advance()
    })
  }

  #retryLater(): void {
    this.#isLater = true
    this.#retry = this.#options.runtime.after(RETRY_MS, () => {
      this.#isLater = false
      this.#advance()
    })
  }

  /** Returns why pieces are left. */
  #drain(): 'refused' | 'more' | undefined {
    const { runtime, take } = this.#options
    const end = runtime.monotonic() + SLICE_MS
    begin(READING)
    for (;;) {
      const piece = this.#refused ?? this.#next()
      if (piece === undefined) return undefined
      this.#refused = take(piece) ? undefined : piece
      if (this.#refused !== undefined) return 'refused'
      // Each time: a piece may be as long as the rest of the turn.
      if (runtime.monotonic() >= end) return 'more'
    }
  }

  #next(): Piece | undefined {
    const { splitter } = this.#options
    for (;;) {
      const piece = splitter.next()
      if (piece !== undefined) return piece
      const chunk = this.#chunks.shift()
      if (chunk === undefined) return this.#ended ? splitter.rest() : undefined
      splitter.feed(chunk)
    }
  }
}
