import type { Format } from '../../../bus/sink.js'
import { TocsinError, toTocsinError } from '../../../event/errors.js'
import { textFrames } from '../../formats/websocket-frame.js'
import { type ControlName, wireError } from '../../native/codec.js'
import type { Listener } from '../../native/listener.js'
import { Pause, type Peer } from '../../native/peer.js'
import type { RecordBodies, Reply, Welcome } from '../../native/protocol.js'
import { Session } from '../../native/session.js'
import type { TextPeer, TextSocket } from '../../web/text-socket.js'
import type { WebSocketFace } from './face.js'
import { frameOf, type JsonEvent, parseRecord, recordText } from './json-records.js'

/** Subprotocol `tocsin.v1+json`: a session of the native protocol whose records are JSON, one a message. */
export class JsonPeer implements Peer, TextPeer {
  readonly format: Format
  readonly #face: WebSocketFace
  readonly #socket: TextSocket
  readonly #session: Session
  #source = ''
  /** Of the last event that came. */
  #counter = 0
  #replyBytes = 0
  #reason = 'END'

  constructor(face: WebSocketFace, socket: TextSocket, listener: Listener) {
    this.#face = face
    this.#socket = socket
    this.format = face.formats.records
    this.#session = new Session(face.native, this, listener)
  }

  get isNew(): boolean {
    return this.#session.isNew
  }

  get pending(): number {
    return this.#socket.pending
  }

  // ---- what comes in

  message(text: string): void {
    try {
      const record = parseRecord(text)
      if (record.name === 'event') this.#publish(record)
      else this.#session.take(record)
      this.#session.received()
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  binary(): void {
    this.fail(new TocsinError('TCN_PROTOCOL_BODY', 'messages of this subprotocol are text'))
  }

  drained(): void {
    this.#replyBytes = 0
    this.#socket.resume(Pause.replies)
    this.#session.drained()
  }

  closed(): void {
    this.#session.close()
  }

  /** What cannot be an event is refused by its counter, like what may not be. */
  #publish({ body }: JsonEvent): void {
    if (this.#session.isNew) throw new TocsinError('TCN_PROTOCOL_ORDER', 'not allowed here: before hello')
    this.#counter = body.counter ?? this.#counter + 1
    let frame: Uint8Array
    try {
      frame = frameOf(body, this.#counter, this.#source, this.#face.typeOf)
    } catch (error) {
      this.#session.refused(this.#counter, toTocsinError(error, 'TCN_PROTOCOL_BODY'), 'accept')
      return
    }
    this.#session.onEvents(frame, 0, frame.length)
  }

  // ---- what goes out

  admit(): void {
    this.#socket.admitted()
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    if (name === 'welcome') this.#welcomed(body as Welcome)
    if (name === 'goodbye' || name === 'error') this.#reason = (body as { code: string }).code
    try {
      this.#say(recordText(name, body))
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  reply(reply: Reply): void {
    this.#say(recordText('reply', { ...reply, result: this.#face.resultView(reply.result) }))
  }

  write(pieces: readonly Uint8Array[]): void {
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
    this.#face.faulty(error, this.#session.peer)
    this.send('error', wireError(error))
    this.end()
  }

  end(): void {
    this.#socket.end(this.#reason)
  }

  goodbye(message: string): void {
    this.#session.goodbye(message)
  }

  #welcomed({ source, lastCounter }: Welcome): void {
    this.#source = source
    this.#counter = lastCounter
  }

  #say(text: string): void {
    const frame = textFrames([text])
    this.#replyBytes += frame.length
    this.#socket.write(frame)
    if (Math.min(this.#replyBytes, this.pending) > this.#face.limits.replies)
      this.#socket.pause(Pause.replies)
  }
}
