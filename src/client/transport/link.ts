import { TocsinError } from '../../errors/tocsin-error.js'
import { MAX_FRAME_BYTES } from '../../event/frame.js'
import { type RecordSink, RecordSplitter } from '../../event/splitter.js'
import {
  type ControlName,
  type ControlRecord,
  decodeRecord,
  encodeRecord,
  MAX_REPLY_BYTES,
  recordName,
} from '../../protocols/native/codec.js'
import {
  type Hello,
  PROTOCOL_VERSION,
  type RecordBodies,
  type Welcome,
} from '../../protocols/native/protocol.js'
import { type DisconnectReason, disconnectError, toDisconnectReason } from './disconnect-reason.js'
import type { Dial, Transport, TransportEvents } from './transport.js'

export interface LinkUser {
  /** Records that the hub has no reason to send, such as answers to questions that are never asked. */
  readonly unexpected?: ReadonlySet<ControlName>
  onEvents(bytes: Uint8Array, start: number, end: number, count: number): void
  /** `bytes`: what it took of the connection. */
  onRecord(record: ControlRecord, bytes: number): void
  /** Called exactly once, as the last call. */
  onDisconnected(reason: DisconnectReason): void
}

/** The hub must send its welcome within this time. */
const WELCOME_TIMEOUT_MS = 10_000
/** The hub sends at least pings; without any byte for this time, the connection counts as lost. */
const MAX_SILENCE_MS = 120_000
/** While reading is paused, pings are not answered: a pong at this interval tells the hub that the client is alive. */
const KEEP_ALIVE_MS = 20_000
/** The least that a hub may be configured to take. With less, all events would seem to be too large. */
const LEAST_FRAME_LIMIT = 1024
/** Characters of the reason with which a hub ends a connection. */
const MAX_REASON = 1000
/** Memory of answers that the hub may leave unread, bytes. */
const MAX_UNREAD_BYTES = 1024 * 1024
/** Memory of an answer that waits, besides its bytes. */
const WAITING_BYTES = 1024
/** Records that may come before the hub has sent its welcome. */
const GREETINGS: ReadonlySet<ControlName> = new Set(['welcome', 'error', 'goodbye', 'ping'])

type State = 'connecting' | 'greeting' | 'open' | 'closed'

/** One connection to a hub, from hello to its end. It does not reconnect; `SupervisedLink` does. */
export class Link implements RecordSink, TransportEvents {
  readonly #user: LinkUser
  readonly #splitter: RecordSplitter
  #transport: Transport | undefined
  #state: State = 'connecting'
  #welcome: Welcome | undefined
  #greeted: ((reason: DisconnectReason | undefined) => void) | undefined
  #paused = false
  #timer: ReturnType<typeof setInterval> | undefined
  #hasReceived = true
  /** Bytes of answers since the hub has last read all that was sent. */
  #unread = 0

  private constructor(user: LinkUser) {
    this.#user = user
    this.#splitter = new RecordSplitter(this, MAX_FRAME_BYTES, MAX_REPLY_BYTES)
  }

  /** Resolves when the hub has sent its welcome; the user receives nothing before that. */
  static async open(
    dial: Dial,
    hello: Omit<Hello, 'version'>,
    user: LinkUser,
    signal?: AbortSignal,
  ): Promise<Link> {
    signal?.throwIfAborted()
    const link = new Link(user)
    const abort = (): void => link.#end({ code: 'TCN_CLIENT_ABORTED', message: 'the caller gave up' })
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await link.#greet(dial, hello, signal)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
    return link
  }

  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new TocsinError('TCN_PROTOCOL_ORDER')
    return this.#welcome
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    this.write([encodeRecord(name, body)])
  }

  /** Sends what the hub has asked for; ends the connection if the hub asks and does not read. */
  answer<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    const record = encodeRecord(name, body)
    if ((this.#transport?.pending ?? 0) === 0) this.#unread = 0
    this.#unread += record.length + WAITING_BYTES
    if (this.#unread <= MAX_UNREAD_BYTES) this.write([record])
    else this.#end({ code: 'TCN_CLIENT_UNREACHABLE', message: 'the hub does not read what it asks for' })
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#state !== 'closed') this.#transport?.write(pieces)
  }

  /** Stops reading. The hub notices that the subscriber falls behind, and applies the lag policy. */
  pause(): void {
    if (this.#paused || this.#state !== 'open') return
    this.#paused = true
    this.#transport?.pause()
    this.#every(KEEP_ALIVE_MS, () => this.send('pong', {}))
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#transport?.resume()
    this.#watchSilence()
  }

  /** Ends the connection without notifying the user. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    clearInterval(this.#timer)
    this.#transport?.end()
  }

  async #greet(dial: Dial, hello: Omit<Hello, 'version'>, signal: AbortSignal | undefined): Promise<void> {
    const transport = await dial(this, signal)
    if (this.isClosed) {
      transport.end()
      throw new TocsinError('TCN_CLIENT_ABORTED')
    }
    this.#transport = transport
    this.#state = 'greeting'
    const greeted = new Promise<DisconnectReason | undefined>((resolve) => {
      this.#greeted = resolve
    })
    this.#every(WELCOME_TIMEOUT_MS, () => {
      this.#end({ code: 'TCN_CLIENT_TIMEOUT', message: 'the hub did not send its welcome' })
    })
    this.send('hello', { version: PROTOCOL_VERSION, ...hello })
    const reason = await greeted
    if (reason !== undefined) throw disconnectError(reason)
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  // ---- from the transport

  received(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    this.#hasReceived = true
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      this.#end(toDisconnectReason(error))
    }
  }

  closed(error: Error | undefined): void {
    const message =
      error === undefined ? 'the hub closed the connection' : `the connection broke: ${error.message}`
    this.#end({ code: 'TCN_CLIENT_UNREACHABLE', message })
  }

  // ---- from the splitter

  onEvents(bytes: Uint8Array, start: number, end: number, count: number): void {
    if (this.#state === 'open') this.#user.onEvents(bytes, start, end, count)
    else if (this.#state === 'greeting')
      throw new TocsinError('TCN_PROTOCOL_ORDER', 'an event arrived before welcome')
  }

  onRecord(op: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state === 'closed') return
    this.#checkExpected(recordName(op))
    const record = decodeRecord(op, bytes, start, end)
    if (record === undefined) return
    if (record.name === 'error' || record.name === 'goodbye') this.#end(shortReason(record.body))
    else if (record.name === 'ping') this.answer('pong', record.body)
    else if (this.#state === 'open') this.#user.onRecord(record, end - start)
    else if (record.name === 'welcome') this.#open(record.body)
  }

  /** A record may be long: what cannot be meant is not decoded. */
  #checkExpected(name: ControlName | undefined): void {
    if (name === undefined) return
    if (this.#state === 'greeting' && !GREETINGS.has(name))
      throw new TocsinError('TCN_PROTOCOL_ORDER', `${name} arrived before welcome`)
    if (this.#user.unexpected?.has(name) === true)
      throw new TocsinError('TCN_PROTOCOL_ORDER', `${name} arrived, which nobody has asked for`)
  }

  #open(welcome: Welcome): void {
    if (welcome.version !== PROTOCOL_VERSION) throw new TocsinError('TCN_PROTOCOL_VERSION')
    if (welcome.largestFrame < LEAST_FRAME_LIMIT)
      throw new TocsinError('TCN_PROTOCOL_BODY', `welcome: largestFrame is less than ${LEAST_FRAME_LIMIT}`)
    this.#welcome = welcome
    this.#state = 'open'
    this.#watchSilence()
    this.#greeted?.(undefined)
  }

  #end(reason: DisconnectReason): void {
    const before = this.#state
    if (before === 'closed') return
    this.close()
    if (before === 'open') this.#user.onDisconnected(reason)
    else this.#greeted?.(reason)
  }

  #watchSilence(): void {
    this.#hasReceived = true
    this.#every(MAX_SILENCE_MS / 2, () => {
      if (!this.#hasReceived)
        this.#end({
          code: 'TCN_CLIENT_UNREACHABLE',
          message: `the hub has sent nothing for ${MAX_SILENCE_MS / 1000} seconds`,
        })
      this.#hasReceived = false
    })
  }

  /** Replaces the timer. It does not keep the program running. */
  #every(ms: number, run: () => void): void {
    clearInterval(this.#timer)
    this.#timer = setInterval(run, ms)
    if (typeof this.#timer === 'object') this.#timer.unref?.()
  }
}

/** The reason is stored and shown by many. */
function shortReason(reason: DisconnectReason): DisconnectReason {
  return { ...reason, message: reason.message.slice(0, MAX_REASON) }
}
