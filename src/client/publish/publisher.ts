import { TocsinError } from '../../errors/tocsin-error.js'
import { FrameWriter, type WriteOptions, type WrittenFrames } from '../../event/frame-writer.js'
import { type ControlRecord, encodeRecord } from '../../protocols/native/codec.js'
import type { AckLevel, PublishOptions } from '../api.js'
import type { DisconnectReason } from '../transport/disconnect-reason.js'
import type { Link } from '../transport/link.js'
import { Acknowledgements, type AckWaiter, type OnRefused } from './acknowledgements.js'
import { Backpressure, type WindowWaiter } from './backpressure.js'
import { UnsettledFrames } from './unsettled-frames.js'

/** Upper bounds of one write. */
const MAX_BATCH_EVENTS = 256
const MAX_BATCH_BYTES = 128 * 1024
/** Bytes that are sent and not settled, whatever the window. One event always fits. */
const MAX_WINDOW_BYTES = 64 * 1024 * 1024

export interface PublisherOptions {
  window: number
  /** Until this acknowledgement an event counts against the window and is kept, to be sent again. */
  ack: AckLevel
  source?: string
  onStalled(): void
}

/**
 * The publishing side of a client: it numbers the events, sends them in batches, keeps those that are not settled, and
 * sends these again on the next connection. Nothing is lost or stored twice, since the hub's `welcome` holds the last
 * counter that it has.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #writer: FrameWriter
  readonly #unsettledFrames = new UnsettledFrames()
  readonly #backpressure: Backpressure
  readonly #acknowledgements: Acknowledgements
  #link: Link | undefined
  #last: number
  #unsent = 0
  #ticking = false
  #failure: TocsinError | undefined

  constructor(link: Link, options: PublisherOptions) {
    const { source, lastCounter, largestFrame } = link.welcome
    this.#options = options
    this.#last = lastCounter
    this.#writer = new FrameWriter({
      source: options.source ?? source,
      firstCounter: lastCounter + 1,
      maxFrame: largestFrame,
    })
    this.#backpressure = new Backpressure(() => this.isFull, options.onStalled)
    this.#acknowledgements = new Acknowledgements(link.welcome, (counter) => {
      this.#unsettledFrames.release(counter)
      this.#backpressure.progress()
    })
    this.#link = link
  }

  get isFull(): boolean {
    return (
      this.#unsettledCount >= this.#options.window ||
      this.#unsettledFrames.bytes + this.#writer.pendingBytes >= MAX_WINDOW_BYTES
    )
  }

  /** True if publishing has ended for good. */
  get isClosed(): boolean {
    return this.#failure !== undefined
  }

  /** Counter of the last event written. */
  get last(): number {
    return this.#last
  }

  /** Counter up to which it is known what became of the events. */
  get settled(): number {
    return this.#acknowledgements.settled
  }

  /** Called for each refused event that no promise waits for. */
  get refusalHandlers(): Set<OnRefused> {
    return this.#acknowledgements.refusalHandlers
  }

  /** Calls `enter` as soon as the window has room, after the earlier callers. */
  whenWindowOpen(waiting: WindowWaiter, signal?: AbortSignal): void {
    if (this.#failure !== undefined) waiting.fail(this.#failure)
    else this.#backpressure.wait(waiting, signal)
  }

  push(tag: string, data: unknown): boolean {
    this.#check()
    this.#last = this.#writer.write(tag, data)
    this.#wrote(this.#options.ack)
    return !this.isFull
  }

  /** Writes one event and returns its counter. */
  write(tag: string, data: unknown, options: WriteOptions, ack: AckLevel): number {
    this.#check()
    this.#last = this.#writer.write(tag, data, options)
    this.#wrote(ack)
    return this.#last
  }

  /** Writes one event whose body is msgpack already. */
  writeEncoded(tag: string, body: Uint8Array, options: WriteOptions, ack: AckLevel): number {
    this.#check()
    this.#last = this.#writer.writeEncoded(tag, body, options)
    this.#wrote(ack)
    return this.#last
  }

  /** Writes an event that the hub holds until all subscribers registered for the gate have answered. */
  writeGated(tag: string, data: unknown, options: PublishOptions & { gate: string }, ack: AckLevel): number {
    this.#check()
    this.flush()
    const { gate, deadline } = options
    const before = encodeRecord('gate', { name: gate, counter: this.#last + 1, deadline })
    this.#last = this.#writer.write(tag, data, options)
    if (ack === 'durable') this.#acknowledgements.requestDurable(this.#last)
    const written = this.#writer.take() as WrittenFrames
    this.#unsettledFrames.add({ ...written, before })
    this.#link?.write([before, written.bytes])
    this.#askDurable()
    return this.#last
  }

  wait(waiter: AckWaiter): void {
    if (this.#failure !== undefined) waiter.reject(this.#failure)
    else this.#acknowledgements.wait(waiter)
  }

  takeUnreportedError(): TocsinError | undefined {
    return this.#acknowledgements.takeUnreportedError()
  }

  /** Asks the hub to flush everything written so far to disk. */
  requestDurable(): void {
    this.#acknowledgements.requestDurable(this.#last)
    this.flush()
  }

  flush(): void {
    this.#unsent = 0
    for (let written = this.#writer.take(); written !== undefined; written = this.#writer.take()) {
      this.#unsettledFrames.add(written)
      this.#link?.write([written.bytes])
    }
    this.#askDurable()
  }

  record(record: ControlRecord): boolean {
    const isOwn = this.#acknowledgements.record(record)
    if (isOwn) this.#askDurable()
    return isOwn
  }

  // ---- a connection is made or lost

  linked(link: Link): void {
    const { lastCounter, largestFrame } = link.welcome
    if (lastCounter > this.#last) {
      const reason = 'another program published under this name'
      throw new TocsinError('TCN_BUS_PRODUCER_TAKEN_OVER', reason)
    }
    this.#writer.maxFrame = largestFrame
    this.#acknowledgements.resume(link.welcome, this.#last)
    // New events must follow those that are sent again; this includes events that waited for the window until now.
    this.flush()
    const after = Math.max(lastCounter, this.#acknowledgements.settled)
    const again = [
      ...this.#unsettledFrames.after(after, (counter) => this.#acknowledgements.isRefused(counter)),
    ]
    if (again.length > 0) link.write(again)
    this.#link = link
    this.#askDurable()
  }

  unlinked(reason: DisconnectReason): void {
    this.#link = undefined
    this.#backpressure.stopTimer()
    this.#acknowledgements.dropGates(reason.message)
  }

  fail(error: TocsinError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#link = undefined
    this.#acknowledgements.fail(error)
    this.#backpressure.fail(error)
  }

  // ---- sending

  get #unsettledCount(): number {
    return this.#last - this.#acknowledgements.settled
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#unsettledCount < 2 * this.#options.window && this.#unsettledFrames.bytes < 2 * MAX_WINDOW_BYTES)
      return
    throw new TocsinError('TCN_CLIENT_WINDOW')
  }

  /** An event on an idle connection is sent at once; those that follow in the same turn are sent together. */
  #wrote(ack: AckLevel): void {
    if (ack === 'durable') this.#acknowledgements.requestDurable(this.#last)
    this.#unsent++
    if (!this.#ticking) {
      this.#ticking = true
      runSoon(this.#tick)
      this.flush()
    } else if (this.#unsent >= MAX_BATCH_EVENTS || this.#writer.pendingBytes >= MAX_BATCH_BYTES) {
      this.flush()
    }
  }

  #tick = (): void => {
    this.#ticking = false
    if (this.#unsent > 0) this.flush()
  }

  #askDurable(): void {
    if (this.#link === undefined) return
    const counter = this.#acknowledgements.takeDurableRequest()
    if (counter !== undefined) this.#link.send('durable', { counter })
  }
}

/** Runs once in the next turn of the event loop, after pending I/O. */
export const runSoon: (run: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : (run) => setTimeout(run, 0)
