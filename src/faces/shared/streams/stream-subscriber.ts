import type { SubscribeRequest, SubscriptionApi } from '../../../bus/api.js'
import type { Principal } from '../../../bus/principal.js'
import type { EndReason, Format, Piece, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor } from '../../../event/cursor.js'
import { frameBytes, frameSeq, frameTime } from '../../../event/frame.js'
import { formatTime } from '../../../event/position.js'
import type { Cancel } from '../../../event/runtime.js'
import { runsOf } from './frame-runs.js'
import type { StreamHost } from './stream-host.js'
import type { StreamRequest } from './stream-request.js'
import type { StreamWriter } from './stream-writer.js'
import { XPathQueue } from './xpath-queue.js'

/** Timers take no longer times, ms. */
const MAX_WAIT = 3_600_000

export interface StreamCaller extends Pick<SubscribeRequest, 'label' | 'peer'> {
  readonly principal: Principal
}

/**
 * A subscription to a named stream. Past and present come from one subscription of the bus, so nothing is missing and
 * nothing is repeated between them. At a stop time in the future, what may be left until then is asked for once more,
 * from the place that was reached.
 */
export class StreamSubscriber implements Sink {
  readonly #host: StreamHost
  readonly #request: StreamRequest
  readonly #caller: StreamCaller
  readonly #reader: StreamWriter
  readonly #queue: XPathQueue | undefined
  /** Undefined if events have to be looked at. */
  readonly #format: Format | undefined
  #subscription: SubscriptionApi | undefined
  #cancelStop: Cancel | undefined
  /** Everything up to this event has been taken from the bus; undefined: nothing. */
  #reached: number | undefined
  #isReplaying: boolean
  #overruns = 0
  #isDone = false

  constructor(host: StreamHost, request: StreamRequest, caller: StreamCaller, reader: StreamWriter) {
    this.#host = host
    this.#request = request
    this.#caller = caller
    this.#reader = reader
    this.#isReplaying = request.start !== undefined
    this.#reached = request.reached
    this.#queue = this.#xpathQueue()
    this.#format = this.#isLookedAt ? undefined : reader.format
  }

  get #isLookedAt(): boolean {
    const { user, stop, xpath, goesOn } = this.#request
    return user !== undefined || stop !== undefined || xpath !== undefined || goesOn === true
  }

  /** Rejects with a TocsinError if the bus refuses the subscription. */
  async start(): Promise<void> {
    const { stop, stream } = this.#request
    if (this.#isReplaying && !stream.replay)
      return this.#replayFailed(`the stream ${stream.name} has no replay`)
    const isOver = stop !== undefined && stop < this.#host.runtime.now()
    await this.#subscribe(isOver ? stop : undefined)
    if (stop !== undefined && !isOver) this.#waitForStop(stop)
  }

  drained(): void {
    this.#subscription?.drained()
  }

  close(): void {
    this.#isDone = true
    this.#cancelStop?.()
    this.#queue?.close()
    this.#subscription?.close()
    this.#subscription = undefined
  }

  /** Ends it, and resolves with the last event that the reader got, or that did not match. */
  handOver(): Promise<number | undefined> {
    this.#subscription?.close()
    this.#subscription = undefined
    this.#cancelStop?.()
    const reached = this.#reached
    return new Promise((resolve) =>
      this.#afterwards(() => {
        resolve(reached)
        this.close()
      }),
    )
  }

  /** True until all of the past has been read. */
  get isReplaying(): boolean {
    return this.#isReplaying
  }

  // ---- for the bus

  get pending(): number {
    return this.#reader.pending + (this.#queue?.pending ?? 0)
  }

  get keepsNothing(): boolean {
    return this.#format === undefined
  }

  write(pieces: readonly Piece[]): void {
    if (this.#isDone) return
    if (this.#format !== undefined) this.#reader.write(pieces)
    else for (const piece of pieces as readonly Uint8Array[]) this.#take(piece)
  }

  status(status: SubscriberStatus): void {
    if (status.type === 'gate') return
    this.#reached = status.type === 'gap' ? status.next : status.seq
    if (status.type === 'gap') this.#tellMissing(status.from, status.to, status.reason)
    if (status.type === 'live') this.#replayComplete()
  }

  end({ code, message }: EndReason): void {
    this.#subscription = undefined
    // The subscription to other notifications, which every connection has, ends as well and says so.
    if (this.#isDone || code === 'STOP') return
    if (code === 'END') this.#complete()
    else this.#failed(new TocsinError(code, message))
  }

  // ---- events

  #take(frames: Uint8Array): void {
    if (this.#isDone) return
    if (this.#keepsAll(frames)) this.#pass(frames)
    else for (const wanted of runsOf(frames, this.#keeps(frames))) this.#pass(wanted)
    const { stop, goesOn } = this.#request
    if (stop !== undefined || goesOn) this.#noteReached(frames)
  }

  /** Returns whether no frame needs to be looked at. */
  #keepsAll({ length }: Uint8Array): boolean {
    const { user, stop } = this.#request
    return user === undefined && stop === undefined && length <= this.#reader.surelyFits
  }

  /** Returns what is asked for each frame. */
  #keeps(frames: Uint8Array): (at: number) => boolean {
    const { user, stop = Number.POSITIVE_INFINITY } = this.#request
    const visible = user && this.#host.authorize(user, 'see')
    return (at) => {
      if (frameTime(frames, at) > stop || visible?.matches(frames, at) === false) return false
      const fits = this.#reader.fits(frames, at)
      if (!fits) this.#tellMissing(frameSeq(frames, at), frameSeq(frames, at), 'too large')
      return fits
    }
  }

  #pass(frames: Uint8Array): void {
    if (this.#queue === undefined) this.#reader.events(frames)
    else this.#queue.add(frames)
  }

  #noteReached(frames: Uint8Array): void {
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) this.#reached = frameSeq(frames, at)
  }

  #xpathQueue(): XPathQueue | undefined {
    const { xpath: filter } = this.#request
    if (filter === undefined) return undefined
    return new XPathQueue({
      filter,
      work: this.#host.work,
      principal: this.#caller.principal.name,
      matched: (frames) => {
        for (const each of frames) this.#reader.events(each)
      },
      taken: () => {
        this.#warnOfOverruns(filter.overruns)
        this.#subscription?.drained()
      },
      failed: (error) => this.#reader.fail(toTocsinError(error, 'TCN_INTERNAL')),
    })
  }

  #warnOfOverruns(overruns: number): void {
    if (overruns === this.#overruns) return
    this.#overruns = overruns
    const message = `${overruns} events on which the XPath took too long were left out`
    const { principal, label } = this.#caller
    const peer = { principal: principal.name, listener: label }
    this.#host.warn(peer, new TocsinError('TCN_FILTER_TOO_COMPLEX', message))
  }

  // ---- what comes between and after them

  /** Does something when everything before it was written. */
  #afterwards(run: () => void): void {
    if (this.#queue === undefined) run()
    else this.#queue.afterwards(run)
  }

  #tellMissing(from: number, to: number, reason: string): void {
    this.#afterwards(() => this.#reader.missing(from, to, reason))
  }

  #replayComplete(): void {
    if (!this.#isReplaying) return
    this.#isReplaying = false
    this.#afterwards(() => this.#reader.replayComplete())
  }

  #complete(): void {
    this.#replayComplete()
    this.#finish(() => this.#reader.complete())
  }

  #replayFailed(message: string): void {
    this.#finish(() => this.#reader.replayFailed(message))
  }

  /** The last thing that the subscriber gets of the stream. */
  #finish(tell: () => void): void {
    if (this.#isDone) return
    this.#afterwards(() => {
      tell()
      // The bus may be in the middle of its work for the subscription.
      this.#host.runtime.soon(() => this.close())
    })
    this.#isDone = true
  }

  #failed(error: TocsinError): void {
    if (this.#isReplaying) this.#replayFailed(error.message)
    else this.#reader.fail(error)
  }

  // ---- times

  /** Subscribes from the place reached; with `stop`, which has passed, to the events until then. */
  async #subscribe(stop?: number): Promise<void> {
    const { stream, lag } = this.#request
    const { filter: filters, name } = stream
    const { principal, label, peer } = this.#caller
    const range = { from: this.#from, to: stop === undefined ? undefined : formatTime(stop) }
    const more = { label: `${label} ${name}`, peer, lag, format: this.#format }
    const request = { filters, ...range, ...more }
    const subscription = await this.#host.bus.subscribe(principal, request, this)
    if (this.#isDone) subscription.close()
    else this.#subscription = subscription
  }

  get #from(): string | undefined {
    if (this.#reached !== undefined) return formatCursor(this.#host.bus.epoch, this.#reached)
    const { start } = this.#request
    return start === undefined ? undefined : formatTime(start + 1)
  }

  /** Timers may be early, and an event at the stop time itself is still wanted. */
  #waitForStop(stop: number): void {
    if (this.#isDone) return
    const left = Math.ceil((stop - this.#host.runtime.now()) / 1000)
    this.#cancelStop = this.#host.runtime.after(Math.min(Math.max(1, left), MAX_WAIT), () => {
      if (this.#host.runtime.now() <= stop) this.#waitForStop(stop)
      else this.#finishAt(stop)
    })
  }

  #finishAt(stop: number): void {
    this.#subscription?.close()
    this.#subscription = undefined
    this.#subscribe(stop).catch((error) => this.#failed(toTocsinError(error, 'TCN_INTERNAL')))
  }
}
