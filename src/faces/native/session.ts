import type { Identity } from '../../access/identify.js'
import type { PublisherApi, SubscriptionApi } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import type { EndReason, Piece, Sink, SubscriberStatus } from '../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import { FrameWalk, type NewFrame } from '../../event/frame-walk.js'
import type { RecordSink } from '../../event/splitter.js'
import type { Work } from '../../parts/work.js'
import {
  type ControlName,
  type ControlRecord,
  decodeRecord,
  MAX_CONTROL_BYTES,
  MAX_RECORD_VALUES,
  MAX_REQUEST_BYTES,
} from '../../protocols/native/codec.js'
import { type Gate, type Hello, Op, type Ping, type Subscribe } from '../../protocols/native/protocol.js'
import { type Listener, whenEnded } from '../shared/listener.js'
import { Pause } from '../shared/peer-connection.js'
import type { OwnSession, Peer, Place } from '../shared/session-kind.js'
import { type AskedSession, askedSession } from './asked-session.js'
import { checkEdge, EdgeConnection, identifyHello } from './edge.js'
import { beginSession, checkHello, notValid, outOfOrder, welcomeOf, whenCurrent } from './hello.js'
import type { SessionHost } from './peer.js'
import { PublisherAnswers } from './publisher-answers.js'
import { RecordTurns } from './record-turns.js'
import { placeOf, Requests } from './requests.js'
import { checkSender, sendingEdge } from './senders.js'
import { isChange } from './subscription-change.js'
import { sendStatus } from './subscription-status.js'

/**
 * Handles the records of one connection, depending on its state:
 *
 *   new   hello ───────────────▶ open      anything else: TCN_PROTOCOL_ORDER
 *   open  event, durable, gate             publishes
 *         subscribe, unsubscribe           one subscription at a time
 *         ack, gateDone                    only with a subscription
 *         request, ping, pong, goodbye
 *
 * Every fault is thrown to the connection, which reports it to the peer and ends.
 */
export class NativeSession implements RecordSink, Sink {
  /** The work of the hub while it handles the input. */
  work: Work = { face: 'native', what: 'hello' }
  readonly #host: SessionHost
  readonly #connection: Peer
  readonly #listener: Listener
  readonly #place: Place
  readonly #turns: RecordTurns
  /** Undefined before hello. */
  #principal: Principal | undefined
  #identifying = false
  /** Removes the listener for the end of the credentials. */
  #removeEndedListener: (() => void) | undefined
  /** Its name in lists. */
  #label = ''
  #publisher: PublisherApi | undefined
  #subscription: SubscriptionApi | undefined
  #subscribing = false
  /** The action for when the subscription being opened is open: change or replace it, or drop it (null). */
  #afterwards: Subscribe | null | undefined
  /** The session of a kind that another face has added, which has the connection for itself. */
  #own: OwnSession | undefined
  /** The peer is a hub that forwards its log. */
  #edge: EdgeConnection | undefined
  #unanswered: Ping | undefined
  #requests: Requests | undefined
  #longFrame: FrameWalk | undefined
  #closed = false

  constructor(host: SessionHost, connection: Peer, listener: Listener) {
    this.#host = host
    this.#connection = connection
    this.#listener = listener
    this.#place = placeOf(listener)
    this.#turns = new RecordTurns(host.recordWork)
  }

  get isNew(): boolean {
    return this.#principal === undefined
  }

  /** True if it has become a session of a kind that another face has added. */
  get isOfOwnKind(): boolean {
    return this.#own !== undefined
  }

  /** The principal, once it is known, and the listener. */
  get peer(): { principal: string | undefined; listener: string } {
    return { principal: this.#principal?.name, listener: this.#listener.address }
  }

  // ---- input

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    const walked = this.#longFrame?.finish(bytes, end)
    this.#longFrame = undefined
    if (this.#closed) return
    // A frame that came in parts was joined in memory of its own.
    this.#publishing().publish(bytes, start, end, walked, walked !== undefined)
  }

  /** Publishes a frame in memory of its own. */
  onNewFrame({ bytes, walked }: NewFrame): void {
    if (!this.#closed) this.#publishing().publish(bytes, 0, bytes.length, walked, true)
  }

  /** True if a long frame is being checked while it arrives. */
  get isInLongFrame(): boolean {
    return this.#longFrame !== undefined
  }

  onPartOfFrame(frame: Uint8Array, held: number): void {
    this.#longFrame ??= new FrameWalk()
    this.#longFrame.advance(frame, held)
  }

  get isBusy(): boolean {
    return this.#turns.isOver
  }

  onRecord(op: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return
    if (this.#principal === undefined && op !== Op.hello) throw outOfOrder('before hello')
    checkSender(op, this.#edge !== undefined || this.#own !== undefined)
    this.#turns.begin(op)
    const record = decodeRecord(op, bytes, start, end, MAX_RECORD_VALUES)
    if (record !== undefined) this.take(record)
  }

  /** Called after each chunk of input. */
  received(): void {
    if (this.#publisher?.paused) this.#connection.pause(Pause.publisher)
  }

  take(record: ControlRecord): void {
    if (this.#closed) return
    if (this.#principal === undefined && record.name !== 'hello') throw outOfOrder('before hello')
    if (this.#own === undefined) this.#handle(record)
    else this.#own.take(record)
  }

  #handle(record: ControlRecord): void {
    switch (record.name) {
      case 'hello':
        this.#hello(record.body)
        break
      case 'durable':
        this.#publishing().awaitDurable(record.body.counter)
        break
      case 'gate':
        this.#gate(record.body)
        break
      case 'subscribe':
        this.#subscribe(record.body)
        break
      case 'unsubscribe':
        this.#unsubscribe()
        break
      case 'ack':
        this.#subscribed(record.name)?.ack(record.body.seqs, record.body.result, record.body)
        break
      case 'gateDone':
        this.#subscribed(record.name)?.gateDone(record.body.name, record.body.seq, record.body.answer)
        break
      case 'request':
        this.#requests ??= new Requests(this.#host, this.#connection, this.#caller)
        this.#requests.start(record.body)
        break
      case 'gap':
      case 'lag':
      case 'packed':
      case 'reply':
        sendingEdge(this.#edge, record.name).take(record)
        break
      case 'ping':
        this.#unanswered = record.body
        this.#answerPing()
        break
      case 'pong':
        break
      case 'goodbye':
        this.#connection.end()
        break
      default:
        throw outOfOrder(`${record.name} is for the hub to send`)
    }
  }

  /** Answers a ping, after any subscription that was requested before it is open. */
  #answerPing(): void {
    if (this.#unanswered === undefined || this.#subscribing) return
    this.#connection.send('pong', this.#unanswered)
    this.#unanswered = undefined
  }

  #hello(hello: Hello): void {
    if (this.#principal !== undefined || this.#identifying) throw outOfOrder('a second hello')
    checkHello(hello)
    checkEdge(hello)
    const identity = whenCurrent(this.#host, hello, identifyHello(this.#listener, hello, this.#host.edges))
    if (identity instanceof Promise) this.#identifyLater(hello, identity)
    else this.#welcome(hello, identity)
  }

  /** Pauses reading from the peer until it is identified. */
  #identifyLater(hello: Hello, identity: Promise<Identity>): void {
    this.#identifying = true
    this.#connection.pause(Pause.identify)
    identity
      .then((known) => {
        this.#identifying = false
        if (!this.#closed) this.#welcome(hello, known)
      })
      .catch((error) => this.#connection.fail(toTocsinError(error, 'TCN_INTERNAL')))
      .finally(() => this.#connection.resume(Pause.identify))
  }

  #welcome(hello: Hello, { principal, ended }: Identity): void {
    if (ended?.aborted) throw new TocsinError('TCN_ACCESS_TOKEN')
    if (ended !== undefined) this.#removeEndedListener = whenEnded(ended, this.#connection)
    this.#principal = principal
    this.work = { face: 'native', what: 'input', principal: principal.name }
    this.#label = `${this.#listener.address} ${hello.name ?? ''}`.trimEnd()
    const asked = askedSession(this.#host.kinds, hello)
    this.#place.program = hello.name
    this.#place.usid = beginSession(this.#host, this.#listener, principal, asked?.kind)
    if (asked === undefined) this.#admit(hello, principal)
    else this.#beginOwn(principal, asked)
  }

  #admit(hello: Hello, principal: Principal): void {
    const { producer, edge } = hello
    if (producer !== undefined) this.#publisher = this.#openPublisher(principal, producer, edge !== undefined)
    // A frame that is too large only for this bus is refused by its counter.
    this.#connection.admit(this.#host.largestFrame, MAX_REQUEST_BYTES)
    const welcome = welcomeOf(this.#host, principal, this.#publisher, hello)
    if (edge !== undefined) {
      const place = { address: this.#listener.address, usid: this.#place.usid ?? 0 }
      const publisher = this.#publishing()
      this.#edge = new EdgeConnection(this.#host, hello, principal, place, publisher, this.#connection)
      welcome.features.push(...this.#edge.features)
    }
    this.#connection.send('welcome', welcome)
  }

  #beginOwn(principal: Principal, { kind, begin }: AskedSession): void {
    this.work = { face: 'native', what: kind.name, principal: principal.name }
    this.#connection.admit(MAX_CONTROL_BYTES, MAX_CONTROL_BYTES)
    const welcome = welcomeOf(this.#host, principal)
    this.#own = begin(this.#connection, { principal, label: this.#label, peer: this.#place, welcome })
    this.#own.open()
  }

  get #caller() {
    return { principal: this.#known(), ...this.#place }
  }

  #known(): Principal {
    if (this.#principal === undefined) throw outOfOrder('before hello')
    return this.#principal
  }

  // ---- publishing

  #publishing(): PublisherApi {
    if (this.#own !== undefined) throw outOfOrder(`an event on ${this.#own.title}`)
    this.#publisher ??= this.#openPublisher(this.#known(), undefined)
    return this.#publisher
  }

  #openPublisher(principal: Principal, producer: string | undefined, isEdge = false): PublisherApi {
    const events = new PublisherAnswers({
      connection: this.#connection,
      cursorOf: (seq) => this.#cursor(seq),
      ...{ goodbye: (message: string) => this.goodbye(message), isEdge },
    })
    return this.#host.bus.publisher(principal, { producer, events })
  }

  #gate(gate: Gate): void {
    if (gate.counter === undefined) throw notValid('gate: counter is missing')
    this.#publishing().gate(gate.name, gate.counter, gate.deadline)
  }

  // ---- subscribing

  get pending(): number {
    return this.#connection.pending
  }

  /** Frames go to the stream as they are; text and its sources are kept by caches and writers. */
  get keepsNothing(): boolean {
    return this.#connection.format === undefined
  }

  write(pieces: readonly Piece[]): void {
    this.#connection.write(pieces)
  }

  status(status: SubscriberStatus): void {
    sendStatus(this.#connection, this.#host.bus.epoch, status)
  }

  /** Called when the hub has ended the subscription; the connection ends with it. */
  end({ code, message, seq }: EndReason): void {
    this.#subscription = undefined
    this.#connection.send('goodbye', { code, message, cursor: this.#cursor(seq) })
    this.#connection.end()
  }

  drained(): void {
    this.#subscription?.drained()
    this.#own?.drained()
    this.#requests?.drained()
  }

  #subscribe(request: Subscribe): void {
    if (this.#subscribing) {
      const waiting = this.#afterwards
      this.#afterwards = waiting && isChange(request) ? { ...waiting, ...request } : request
    } else if (this.#subscription !== undefined && isChange(request)) {
      this.#subscription.change(request.filters)
    } else {
      this.#subscription?.close()
      this.#subscription = undefined
      this.#open(request)
    }
  }

  #open(request: Subscribe): void {
    this.#subscribing = true
    const asked = { ...request, label: this.#label, peer: this.#place, format: this.#connection.format }
    this.#host.bus.subscribe(this.#known(), asked, this).then(
      (subscription) => this.#opened(subscription),
      (error) => this.#connection.fail(toTocsinError(error, 'TCN_INTERNAL')),
    )
  }

  #opened(subscription: SubscriptionApi): void {
    this.#subscribing = false
    if (this.#closed) {
      subscription.close()
      return
    }
    this.#subscription = subscription
    // The output may have drained before the subscription could be notified.
    if (this.pending === 0) subscription.drained()
    const next = this.#afterwards
    this.#afterwards = undefined
    try {
      if (next === null) this.#unsubscribe()
      else if (next !== undefined) this.#subscribe(next)
      this.#answerPing()
    } catch (error) {
      this.#connection.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  #unsubscribe(): void {
    if (this.#subscribing) this.#afterwards = null
    this.#subscription?.close()
    this.#subscription = undefined
  }

  /** Undefined while it opens: what comes then is about an event of the connection before. */
  #subscribed(name: ControlName): SubscriptionApi | undefined {
    if (this.#subscription === undefined && !this.#subscribing)
      throw outOfOrder(`${name} without a subscription`)
    return this.#subscription
  }

  /** Says goodbye: at once, or after the answers to the requests of the peer. */
  goodbye(message: string, afterAnswers = false): void {
    if (afterAnswers && this.#requests?.whenAnswered(() => this.goodbye(message))) return
    this.#connection.send('goodbye', { code: 'STOP', message })
    this.#connection.end()
  }

  /** Called when the connection has ended. Sends nothing more, and releases everything. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#removeEndedListener?.()
    if (this.#place.usid !== undefined) this.#host.sessions.end(this.#place.usid)
    this.#edge?.close()
    this.#publisher?.close()
    this.#subscription?.close()
    this.#own?.close()
    this.#requests?.abort()
    this.#publisher = undefined
    this.#subscription = undefined
  }

  #cursor(seq: number): string {
    return formatCursor(this.#host.bus.epoch, seq)
  }
}
