import { TocsinError } from '../event/errors.js'
import { LARGEST_FRAME_BYTES } from '../event/frame.js'
import { type RecordSink, RecordSplitter } from '../event/splitter.js'
import {
  type ControlName,
  type ControlRecord,
  decodeRecord,
  encodeRecord,
  MAX_REPLY_BYTES,
} from '../faces/native/codec.js'
import { type Hello, PROTOCOL_VERSION, type RecordBodies, type Welcome } from '../faces/native/protocol.js'
import { type Loss, lossError, toLoss } from './loss.js'
import type { Dial, Transport, TransportEvents } from './transport.js'

export interface LinkUser {
  onEvents(bytes: Uint8Array, start: number, end: number): void
  onRecord(record: ControlRecord): void
  /** Exactly once; nothing comes after it. */
  onLost(loss: Loss): void
}

/** Within this the hub says welcome, and then at least asks whether somebody is there. ms */
const WELCOME_TIMEOUT = 10_000
const SILENCE = 120_000
/** While reading stands still the hub hears of us so often, or it would take us for dead. ms */
const SIGN_OF_LIFE = 20_000

type State = 'connecting' | 'greeting' | 'open' | 'over'

/** One connection to a hub, from hello to its end. It does not come back: see KeptLink. */
export class Link implements RecordSink, TransportEvents {
  readonly #user: LinkUser
  readonly #splitter: RecordSplitter
  #transport: Transport | undefined
  #state: State = 'connecting'
  #welcome: Welcome | undefined
  #greeted: ((loss: Loss | undefined) => void) | undefined
  #paused = false
  #timer: ReturnType<typeof setInterval> | undefined
  #heard = true

  private constructor(user: LinkUser) {
    this.#user = user
    this.#splitter = new RecordSplitter(this, LARGEST_FRAME_BYTES, MAX_REPLY_BYTES)
  }

  /** Resolves when the hub has said welcome; nothing reaches the user before. */
  static async open(
    dial: Dial,
    hello: Omit<Hello, 'version'>,
    user: LinkUser,
    signal?: AbortSignal,
  ): Promise<Link> {
    signal?.throwIfAborted()
    const link = new Link(user)
    const abort = (): void => link.#over({ code: 'TCN_CLIENT_ABORTED', message: 'the caller gave up' })
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

  write(pieces: readonly Uint8Array[]): void {
    if (this.#state !== 'over') this.#transport?.write(pieces)
  }

  /** The hub soon notices that nobody reads, and does what the lag policy says. */
  pause(): void {
    if (this.#paused || this.#state !== 'open') return
    this.#paused = true
    this.#transport?.pause()
    this.#watch(SIGN_OF_LIFE, () => this.send('pong', {}))
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#transport?.resume()
    this.#watchSilence()
  }

  /** Ends the connection; the user hears nothing of it. */
  close(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    clearInterval(this.#timer)
    this.#transport?.end()
  }

  async #greet(dial: Dial, hello: Omit<Hello, 'version'>, signal: AbortSignal | undefined): Promise<void> {
    const transport = await dial(this, signal)
    if (this.isOver) {
      transport.end()
      throw new TocsinError('TCN_CLIENT_ABORTED')
    }
    this.#transport = transport
    this.#state = 'greeting'
    const greeted = new Promise<Loss | undefined>((resolve) => {
      this.#greeted = resolve
    })
    this.#watch(WELCOME_TIMEOUT, () => {
      this.#over({ code: 'TCN_CLIENT_TIMEOUT', message: 'the hub did not say welcome' })
    })
    this.send('hello', { version: PROTOCOL_VERSION, ...hello })
    const loss = await greeted
    if (loss !== undefined) throw lossError(loss)
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  // ---- from the transport

  received(chunk: Uint8Array): void {
    if (this.#state === 'over') return
    this.#heard = true
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      this.#over(toLoss(error))
    }
  }

  closed(error: Error | undefined): void {
    const message =
      error === undefined ? 'the hub closed the connection' : `the connection broke: ${error.message}`
    this.#over({ code: 'TCN_CLIENT_UNREACHABLE', message })
  }

  // ---- from the splitter

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state === 'open') this.#user.onEvents(bytes, start, end)
    else if (this.#state === 'greeting')
      throw new TocsinError('TCN_PROTOCOL_ORDER', 'an event before welcome')
  }

  onRecord(op: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state === 'over') return
    const record = decodeRecord(op, bytes, start, end)
    if (record === undefined) return
    if (record.name === 'error') this.#over(record.body)
    else if (record.name === 'goodbye') this.#over(record.body)
    else if (record.name === 'ping') this.send('pong', record.body)
    else if (this.#state === 'open') this.#user.onRecord(record)
    else if (record.name === 'welcome') this.#open(record.body)
    else throw new TocsinError('TCN_PROTOCOL_ORDER', `${record.name} before welcome`)
  }

  #open(welcome: Welcome): void {
    if (welcome.version !== PROTOCOL_VERSION) throw new TocsinError('TCN_PROTOCOL_VERSION')
    this.#welcome = welcome
    this.#state = 'open'
    this.#watchSilence()
    this.#greeted?.(undefined)
  }

  #over(loss: Loss): void {
    const before = this.#state
    if (before === 'over') return
    this.close()
    if (before === 'open') this.#user.onLost(loss)
    else this.#greeted?.(loss)
  }

  #watchSilence(): void {
    this.#heard = true
    this.#watch(SILENCE / 2, () => {
      if (!this.#heard)
        this.#over({ code: 'TCN_CLIENT_UNREACHABLE', message: 'nothing was heard of the hub' })
      this.#heard = false
    })
  }

  /** One timer at a time; it does not keep the program alive. */
  #watch(ms: number, run: () => void): void {
    clearInterval(this.#timer)
    this.#timer = setInterval(run, ms)
    if (typeof this.#timer === 'object') this.#timer.unref?.()
  }
}
