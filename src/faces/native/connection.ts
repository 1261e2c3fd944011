import type { Duplex } from 'node:stream'
import { type ErrorCode, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { RecordSplitter } from '../../event/splitter.js'
import { begin } from '../../parts/work.js'
import { type ControlName, encodeRecord, MAX_HELLO_BYTES, wireError } from '../../protocols/native/codec.js'
import type { RecordBodies, Reply } from '../../protocols/native/protocol.js'
import type { FacePeer } from '../face.js'
import { HeldBytes } from '../shared/budget.js'
import type { Listener } from '../shared/listener.js'
import { type ConnectionHost, Pause, PeerConnection } from '../shared/peer-connection.js'
import type { Peer } from '../shared/session-kind.js'
import { ignore, onClose, onData, onDrain, setOwner } from '../shared/stream-owner.js'
import type { SessionHost } from './peer.js'
import { NativeSession } from './session.js'

const PING = encodeRecord('ping', {})

/** The part of the server that a connection uses. */
export interface NativeHost extends SessionHost, ConnectionHost {
  readonly limits: NativeLimits
  /** Reports a peer that is at fault. */
  faulty(peer: FacePeer, error: TocsinError): void
  left(connection: Connection): void
}

/** Limits of the native protocol, in bytes and ms. */
export interface NativeLimits {
  /** Bytes of acknowledgements and replies that may wait for a peer; above this, reading from it is paused. */
  replies: number
  helloTimeout: number
  /** Interval at which a silent peer is pinged. The connection is closed when two pings stay unanswered. */
  pingEvery: number
  /** Time that a peer may take to read the remaining output when the hub ends the connection. */
  closeTimeout: number
}

/** The stream side of one peer of the native protocol. It does not interpret records; the session does. */
export class Connection extends PeerConnection<NativeHost> implements Peer {
  declare readonly stream: Duplex
  readonly session: NativeSession
  readonly #splitter: RecordSplitter
  readonly #halfReceived: HeldBytes

  constructor(host: NativeHost, stream: Duplex, listener: Listener) {
    super(host, stream)
    this.#halfReceived = new HeldBytes(host.budgets)
    this.session = new NativeSession(host, this, listener)
    this.#splitter = new RecordSplitter(this.session, MAX_HELLO_BYTES)
    setOwner(stream, this)
    stream.on('data', onData)
    stream.on('drain', onDrain)
    stream.on('error', ignore)
    stream.on('close', onClose)
  }

  /** Events are written as frames. */
  get format(): undefined {
    return undefined
  }

  get isNew(): boolean {
    return this.session.isNew
  }

  /** Called after hello: from now on frames and other records may be this long. */
  admit(largestFrame: number, largestRecord: number): void {
    this.#splitter.maxFrame = largestFrame
    this.#splitter.maxRecord = largestRecord
    this.admitted()
  }

  receive(chunk: Uint8Array): void {
    this.noteReceived()
    if (this.isEnding) return
    begin(this.session.work)
    try {
      const isDone = this.#splitter.push(chunk)
      this.#countHalfReceived(this.#splitter.pendingBytes)
      this.session.received()
      if (!isDone || this.#takesLong) this.#workOff()
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  /** The system hands over some megabytes in one turn. To check so much of a frame takes longer than a turn may. */
  get #takesLong(): boolean {
    return this.session.isInLongFrame && !this.host.recordWork.hasTime
  }

  /** Handles the other records of the chunk in later turns, if there are any, and reads nothing more until then. */
  #workOff(): void {
    this.pause(Pause.work)
    this.host.recordWork
      .run(this.session.peer.principal ?? '', this.#remainingRecords())
      .catch((error) => this.fail(toTocsinError(error, 'TCN_INTERNAL')))
      .finally(() => this.resume(Pause.work))
  }

  *#remainingRecords(): Generator<undefined, void> {
    while (!this.#splitter.resume()) yield
    this.#countHalfReceived(this.#splitter.pendingBytes)
    this.session.received()
  }

  /** Sends a record. Never throws: if the record cannot be encoded, the connection is closed. */
  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    let record: Uint8Array
    try {
      record = encodeRecord(name, body)
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
      return
    }
    this.queueReply(record)
  }

  /** The maker of parts waits for the peer. If reading waited too, the end of the connection would not be noticed. */
  reply(reply: Reply): void {
    const record = encodeRecord('reply', reply)
    if (reply.more) this.queue(record)
    else this.queueReply(record)
  }

  write(pieces: readonly Uint8Array[]): void {
    for (let i = 0; i < pieces.length; i++) this.queue(pieces[i])
  }

  /** Reports a fault to the peer and ends its connection; no other connection is affected. */
  fail(error: TocsinError): void {
    if (this.isEnding) return
    this.host.faulty(this.session.peer, error)
    this.send('error', wireError(error))
    this.end()
  }

  /** Ends the connection after all output is sent. */
  end(): void {
    if (this.isEnding) return
    this.isEnding = true
    this.due = this.host.now() + this.host.limits.closeTimeout
    this.session.close()
    this.#splitter.drop()
    this.#halfReceived.set(0)
    this.flush()
    this.stream.end()
    // The peer may have to finish sending before it reads.
    this.readOn()
  }

  closed(): void {
    this.isEnding = true
    this.dropOutput()
    this.session.close()
    this.#halfReceived.set(0)
    this.host.left(this)
  }

  // ---- for the stream side

  protected override get ping(): Uint8Array {
    return PING
  }

  protected override pauseReading(): void {
    this.stream.pause()
  }

  protected override resumeReading(): void {
    this.stream.resume()
  }

  /**
   * Only a paused publisher is kept waiting, and a session of a kind of its own, which gets nothing but its own records. A
   * peer that does not accept its replies must still answer pings.
   */
  protected override get isKeptWaiting(): boolean {
    return this.isPausedFor(Pause.publisher) || this.session.isOfOwnKind
  }

  protected override onTaken(): void {
    this.session.drained()
  }

  protected override giveUp(code: ErrorCode): void {
    this.fail(new TocsinError(code))
  }

  protected override cutOff(): void {
    this.stream.destroy()
  }

  #countHalfReceived(bytes: number): void {
    if (this.#halfReceived.set(bytes)) return
    throw new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too much incomplete input is buffered', {
      details: { limit: this.host.budgets.limits.halfReceived },
    })
  }
}
