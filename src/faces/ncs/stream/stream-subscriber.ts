import type { SubscribeRequest, SubscriptionApi } from '../../../bus/api.js'
import type { Principal } from '../../../bus/principal.js'
import type { EndReason, Piece, Sink, SubscriberStatus } from '../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor } from '../../../event/cursor.js'
import { frameBytes, frameKind, frameSeq, frameTime } from '../../../event/frame.js'
import { formatTime } from '../../../event/position.js'
import type { Cancel } from '../../../event/runtime.js'
import * as C from '../../../protocols/ncs/constants/events.js'
import type { TypePatterns } from '../../../types/index.js'
import { runsOf } from './frame-runs.js'
import { MAX_EVENT_BYTES } from './stream-frames.js'
import type { StreamHost } from './stream-host.js'
import type { StreamRequest } from './stream-request.js'
import { XPathQueue } from './xpath-queue.js'

/** Timers take no longer times, ms. */
const MAX_WAIT = 3_600_000

/** The session of a subscriber, which uses none of the bytes written any more when nothing is pending. */
export interface StreamOutput extends Pick<Sink, 'write' | 'pending'> {
  fail(error: TocsinError): void
}

export interface StreamCaller extends Pick<SubscribeRequest, 'label' | 'peer'> {
  readonly principal: Principal
}

/**
 * A subscription to a named stream. Past and present come from one subscription of the bus, so nothing is missing and
 * nothing is repeated between them. At a stop time in the future, what may be left until then is asked for once more,
 * from the place that was reached. Events go to the reader as they are in the log, so that a stream costs no more than any
 * other subscription; only one that the reader could mistake goes within a notification.
 */
export class StreamSubscriber implements Sink {
  readonly keepsNothing = true
  /** The types in the welcome of the reader. */
  readonly types: readonly TypePatterns[] | undefined
  readonly #host: StreamHost
  readonly #request: StreamRequest
  readonly #caller: StreamCaller
  readonly #output: StreamOutput
  readonly #queue: XPathQueue | undefined
  #subscription: SubscriptionApi | undefined
  #cancelStop: Cancel | undefined
  /** Everything up to this event has been taken from the bus; undefined: nothing. */
  #reached: number | undefined
  #isReplaying: boolean
  #overruns = 0
  #isDone = false

  constructor(host: StreamHost, request: StreamRequest, caller: StreamCaller, output: StreamOutput) {
    this.#host = host
    this.#request = request
    this.#caller = caller
    this.#output = output
    this.types = host.types
    this.#isReplaying = request.start !== undefined
    this.#queue = this.#xpathQueue()
  }

  /** Rejects with a TocsinError if the bus refuses the subscription. */
  async start(): Promise<void> {
    const { start, stop, stream } = this.#request
    if (start !== undefined && !stream.replay)
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

  // ---- for the bus

  get pending(): number {
    return this.#output.pending + (this.#queue?.pending ?? 0)
  }

  write(pieces: readonly Piece[]): void {
    for (const piece of pieces as readonly Uint8Array[]) this.#take(piece)
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
    if (this.#request.stop !== undefined) this.#noteReached(frames)
  }

  /** Returns whether no frame needs to be looked at. */
  #keepsAll({ length }: Uint8Array): boolean {
    const { user, stop } = this.#request
    return user === undefined && stop === undefined && length <= MAX_EVENT_BYTES
  }

  /** Returns what is asked for each frame. */
  #keeps(frames: Uint8Array): (at: number) => boolean {
    const { user, stop = Number.POSITIVE_INFINITY } = this.#request
    const visible = user && this.#host.authorize(user, 'see')
    return (at) => {
      if (frameTime(frames, at) > stop || visible?.matches(frames, at) === false) return false
      const fits = frameBytes(frames, at) <= MAX_EVENT_BYTES
      if (!fits) this.#tellMissing(frameSeq(frames, at), frameSeq(frames, at), 'too large')
      return fits
    }
  }

  #pass(frames: Uint8Array): void {
    if (this.#queue === undefined) this.#sendEvents(frames)
    else this.#queue.add(frames)
  }

  #noteReached(frames: Uint8Array): void {
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) this.#reached = frameSeq(frames, at)
  }

  #sendEvents(frames: Uint8Array): void {
    this.#send(this.#areClear(frames) ? [frames] : this.#host.frames.wrap(frames))
  }

  /** Returns whether the reader can tell that these are events of the stream, and what their types are. */
  #areClear(frames: Uint8Array): boolean {
    if (this.types === undefined || this.types !== this.#host.types) return false
    const { beside } = this.#request
    if (beside === 0) return true
    for (let at = 0; at < frames.length; at += frameBytes(frames, at))
      if ((frameKind(frames, at) & beside) !== 0) return false
    return true
  }

  #send(pieces: readonly Uint8Array[]): void {
    this.#output.write(pieces)
  }

  #xpathQueue(): XPathQueue | undefined {
    const { xpath: filter } = this.#request
    if (filter === undefined) return undefined
    return new XPathQueue({
      filter,
      work: this.#host.work,
      principal: this.#caller.principal.name,
      matched: (frames) => {
        for (const each of frames) this.#sendEvents(each)
      },
      taken: () => {
        this.#warnOfOverruns(filter.overruns)
        this.#subscription?.drained()
      },
      failed: (error) => this.#output.fail(toTocsinError(error, 'TCN_INTERNAL')),
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

  #tell(type: number, more: { replay_error?: string } = {}): void {
    this.#send([this.#host.frameOf({ type: C.NOTIF_STREAM_EVENT, stream: { type, ...more } })])
  }

  #tellMissing(from: number, to: number, reason: string): void {
    const { frames, runtime } = this.#host
    const data = { from, to, reason }
    this.#afterwards(() =>
      this.#send([frames.made('ncs/stream_event/missing', 'missing-events', data, runtime.now())]),
    )
  }

  #replayComplete(): void {
    if (!this.#isReplaying) return
    this.#isReplaying = false
    this.#afterwards(() => this.#tell(C.STREAM_REPLAY_COMPLETE))
  }

  #complete(): void {
    this.#replayComplete()
    this.#finish(() => this.#tell(C.STREAM_NOTIFICATION_COMPLETE))
  }

  #replayFailed(message: string): void {
    this.#finish(() => this.#tell(C.STREAM_REPLAY_FAILED, { replay_error: message }))
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
    else this.#output.fail(error)
  }

  // ---- times

  /** Subscribes from the place reached; with `stop`, which has passed, to the events until then. */
  async #subscribe(stop?: number): Promise<void> {
    const { stream, lag } = this.#request
    const { filter: filters, name } = stream
    const { principal, label, peer } = this.#caller
    const range = { from: this.#from, to: stop === undefined ? undefined : formatTime(stop) }
    const request = { filters, ...range, label: `${label} ${name}`, peer, lag }
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
