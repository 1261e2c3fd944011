import type { Format, Piece } from '../../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../../errors/tocsin-error.js'
import type { NewFrame } from '../../../../event/frame-walk.js'
import type { Random } from '../../../../incremental/read-json.js'
import { type ControlName, type ControlRecord, wireError } from '../../../../protocols/native/codec.js'
import type { RecordBodies, Reply, Welcome } from '../../../../protocols/native/protocol.js'
import { NativeSession } from '../../../native/session.js'
import type { Listener } from '../../../shared/listener.js'
import type { Pause } from '../../../shared/peer-connection.js'
import type { Peer } from '../../../shared/session-kind.js'
import { textFrames } from '../../../web/websocket/frame.js'
import { messageInSteps } from '../../../web/websocket/long-message.js'
import type { TextPeer, TextSocket } from '../../../web/websocket/text-socket.js'
import type { longResult } from '../../manage/long-result.js'
import { frameOf, type JsonEvent, readRecord, recordText } from './json-records.js'

/** The WebSockets that a peer belongs to. */
export interface JsonPeerHost {
  readonly native: ConstructorParameters<typeof NativeSession>[0]
  readonly formats: { readonly records: Format }
  readonly typeOf: (tag: string) => string
  resultView(result: unknown): unknown
  longResult(result: unknown): ReturnType<typeof longResult>
  readonly runtime: Random
  faulty(error: TocsinError, peer: { principal: string | undefined; listener: string }): void
}

/** Memory that the events of an answer take while it waits, as much as a page has. */
const LONG_REPLY_BYTES = 1024 * 1024

/** Subprotocol `tocsin.v1+json`: a session of the native protocol whose records are JSON, one a message. */
export class JsonPeer implements Peer, TextPeer {
  readonly format: Format
  readonly #host: JsonPeerHost
  readonly #socket: TextSocket
  readonly #session: NativeSession
  #source = ''
  /** The counter of the last event received. */
  #counter = 0
  #reason = 'END'

  constructor(host: JsonPeerHost, socket: TextSocket, listener: Listener) {
    this.#host = host
    this.#socket = socket
    this.format = host.formats.records
    this.#session = new NativeSession(host.native, this, listener)
  }

  get isNew(): boolean {
    return this.#session.isNew
  }

  get pending(): number {
    return this.#socket.pending
  }

  // ---- input

  get principal(): string | undefined {
    return this.#session.peer.principal
  }

  message(data: Buffer, isText: boolean): Generator<undefined, void> | undefined {
    if (isText) return this.#read(data)
    this.fail(new TocsinError('TCN_WEBSOCKET_MESSAGE', 'messages of this subprotocol are text'))
    return undefined
  }

  *#read(message: Buffer): Generator<undefined, void> {
    try {
      this.#take(yield* readRecord(message, this.#host.runtime))
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  #take(record: ControlRecord | JsonEvent): void {
    if (record.name === 'event') this.#publish(record)
    else this.#session.take(record)
    this.#session.received()
  }

  drained(): void {
    this.#session.drained()
  }

  closed(): void {
    this.#session.close()
  }

  /** Publishes an event. An invalid one is refused by its counter, like one without the right to publish it. */
  #publish({ body }: JsonEvent): void {
    if (this.#session.isNew) throw new TocsinError('TCN_PROTOCOL_ORDER', 'not allowed here: before hello')
    this.#counter = body.counter ?? this.#counter + 1
    let frame: NewFrame
    try {
      frame = frameOf(body, this.#counter, this.#source, this.#host.typeOf)
    } catch (error) {
      const { code, message } = toTocsinError(error, 'TCN_PROTOCOL_BODY')
      this.send('refused', { counter: this.#counter, code, message })
      return
    }
    this.#session.onNewFrame(frame)
  }

  // ---- output

  admit(): void {
    this.#socket.admitted()
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    if (name === 'welcome') this.#welcomed(body as Welcome)
    if (name === 'goodbye' || name === 'error') this.#reason = (body as { code: string }).code
    try {
      this.#sendText(recordText(name, body))
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  reply(reply: Reply): void {
    const long = this.#host.longResult(reply.result)
    if (long !== undefined) {
      const { result, ...rest } = reply
      const before = `${JSON.stringify({ op: 'reply', ...rest }).slice(0, -1)},"result":`
      this.#socket.reply({ bytes: LONG_REPLY_BYTES, steps: () => messageInSteps(long(before, '}')) })
      return
    }
    const text = recordText('reply', { ...reply, result: this.#host.resultView(reply.result) })
    // As in the native protocol, the maker of parts waits for the peer.
    if (reply.more) this.#socket.write(textFrames([text]))
    else this.#sendText(text)
  }

  write(pieces: readonly Piece[]): void {
    for (let i = 0; i < pieces.length; i++) this.#socket.write(pieces[i])
  }

  pause(reason: Pause): void {
    this.#socket.pause(reason)
  }

  resume(reason: Pause): void {
    this.#socket.resume(reason)
  }

  fail(error: TocsinError): void {
    if (this.#socket.isEnding) return
    this.#host.faulty(error, this.#session.peer)
    this.send('error', wireError(error))
    this.end()
  }

  end(): void {
    this.#socket.end(this.#reason)
  }

  goodbye(message: string): void {
    this.#session.goodbye(message, true)
  }

  #welcomed({ source, lastCounter }: Welcome): void {
    this.#source = source
    this.#counter = lastCounter
  }

  #sendText(text: string): void {
    this.#socket.reply(textFrames([text]))
  }
}
