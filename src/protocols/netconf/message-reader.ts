import type { Duplex } from 'node:stream'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type Cancel, endOfWork, nextTurn, type Runtime } from '../../event/runtime.js'
import type { LongWork } from '../../incremental/long-work.js'
import { finished } from '../../incremental/steps.js'
import { type FramedMessage, NetconfFramer } from './codec/framing.js'
import { isLongXml, readXml, type XmlElement } from './codec/xml.js'

export interface NetconfReaderOptions {
  readonly runtime: Runtime
  /** Bytes of the longest message that is read. */
  readonly longest: number
  /** Reads long messages, under this name. */
  readonly longWork: LongWork
  readonly name: string
  /** Takes a message. While what it returns is pending, nothing more is read from the peer. */
  message(message: XmlElement, bytes: Buffer): Promise<void> | undefined
  /** A message cannot be read. Those after it are read, unless this throws. */
  unreadable(error: unknown): void
  /** Called as soon as a message is too long. Throws to end reading; default: it is left out as a whole. */
  tooLong?(): void
  /** Called with the bytes of messages that are not complete. Throws to end reading. */
  held?(bytes: number): void
  /** Nothing more is read. */
  failed(error: Error): void
}

/** Time that messages may take in a turn of the event loop, ms. */
const SLICE_MS = 4
/** Time from the first byte of a message to its last, ms. */
const MESSAGE_MS = 60_000

/** Reads the messages of either side of a session, one after the other. */
export class NetconfMessageReader {
  /** Messages that have come. */
  messages = 0
  readonly #stream: Duplex
  readonly #options: NetconfReaderOptions
  readonly #framer: NetconfFramer
  #isBusy = false
  #isOver = false
  #late: Cancel | undefined

  constructor(stream: Duplex, options: NetconfReaderOptions) {
    this.#stream = stream
    this.#options = options
    this.#framer = new NetconfFramer(options.longest)
    stream.on('data', (bytes: Buffer) => this.#feed(bytes))
  }

  /** True once both hellos name base 1.1. */
  get isChunked(): boolean {
    return this.#framer.isChunked
  }

  set isChunked(is: boolean) {
    this.#framer.isChunked = is
  }

  stop(): void {
    this.#isOver = true
    this.#late?.()
  }

  #feed(bytes: Buffer): void {
    if (this.#isOver) return
    this.#framer.feed(bytes)
    if (!this.#isBusy) this.#read()
  }

  #read(): void {
    const { runtime, held, tooLong } = this.#options
    const end = endOfWork(runtime, SLICE_MS)
    try {
      while (!this.#isOver) {
        const message = this.#framer.next()
        held?.(this.#framer.held)
        if (this.#framer.isTooLong) tooLong?.()
        if (message === undefined) this.#expectRest()
        const pending = message && this.#takeInTime(message)
        if (pending !== undefined) {
          this.#continueAfter(pending)
          return
        }
        if (message === undefined && !this.#framer.hasMore) return
        if (runtime.monotonic() >= end) {
          this.#continueAfter(nextTurn(runtime))
          return
        }
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Nothing more is read meanwhile, so that the peer waits too. */
  #continueAfter(pending: Promise<unknown>): void {
    this.#isBusy = true
    this.#stream.pause()
    const next = () => {
      this.#isBusy = false
      if (this.#isOver) return
      this.#read()
      if (!this.#isBusy) this.#stream.resume()
    }
    pending.then(next, (error) => this.#fail(error))
  }

  #expectRest(): void {
    if (!this.#framer.isWithin || this.#late !== undefined) return
    this.#late = this.#options.runtime.after(MESSAGE_MS, () =>
      this.#fail(
        new TocsinError(
          'TCN_NETCONF_TIMEOUT',
          `the rest of a message did not come within ${MESSAGE_MS / 1000} s`,
        ),
      ),
    )
  }

  #takeInTime(message: FramedMessage): Promise<void> | undefined {
    this.#late?.()
    this.#late = undefined
    return this.#take(message)
  }

  #take({ bytes, length, isTooLong }: FramedMessage): Promise<void> | undefined {
    this.messages++
    if (isTooLong) return this.#unreadable(new Error(`a message of ${length} bytes is too long`))
    const steps = readXml(bytes)
    if (isLongXml(bytes)) {
      const { longWork, name } = this.#options
      return longWork.run(name, steps).then(
        (message) => this.#handle(message, bytes),
        (error) => this.#unreadable(error),
      )
    }
    let message: XmlElement
    try {
      message = finished(steps)
    } catch (error) {
      return this.#unreadable(error)
    }
    return this.#handle(message, bytes)
  }

  #unreadable(error: unknown): undefined {
    if (!this.#isOver) this.#options.unreadable(error)
  }

  #handle(message: XmlElement, bytes: Buffer): Promise<void> | undefined {
    return this.#isOver ? undefined : this.#options.message(message, bytes)
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.stop()
    this.#options.failed(
      error instanceof Error ? error : new TocsinError('TCN_NETCONF_CLOSED', messageOf(error)),
    )
  }
}
