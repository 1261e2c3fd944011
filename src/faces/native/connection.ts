import type { Duplex } from 'node:stream'
import { type ErrorCode, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { RecordSplitter } from '../../event/splitter.js'
import { type ControlName, encodeRecord, MAX_HELLO_BYTES, wireError } from '../../protocols/native/codec.js'
import type { RecordBodies, Reply } from '../../protocols/native/protocol.js'
import type { FacePeer } from '../face.js'
import { HeldBytes } from '../shared/budget.js'
import type { Listener } from '../shared/listener.js'
import { type ConnectionHost, Pause, PeerConnection } from '../shared/peer-connection.js'
import { ignore, onClose, onData, onDrain, setOwner } from '../shared/stream-owner.js'
import type { Peer, SessionHost } from './peer.js'
import { Session } from './session.js'

const PING = encodeRecord('ping', {})

/** What a connection needs of the server. */
export interface NativeHost extends SessionHost, ConnectionHost {
  readonly limits: NativeLimits
  /** Reports a peer that is at fault. */
  faulty(peer: FacePeer, error: TocsinError): void
  left(connection: Connection): void
}

/** Bounds of the native protocol; the configuration sets them. Bytes, ms and counts. */
export interface NativeLimits {
  /** Acknowledgements and replies that wait for a peer; above it nothing more is read from that peer. */
  replies: number
  helloTimeout: number
  /** A peer from which nothing is heard is pinged this often, and closed when it has not answered twice. */
  pingEvery: number
  /** How long a connection that the hub ends may take to read what was sent to it. */
  closeTimeout: number
}

/** The stream side of one peer of the native protocol: bytes in, bytes out, nothing of what they mean. */
export class Connection extends PeerConnection<NativeHost> implements Peer {
  declare readonly stream: Duplex
  readonly session: Session
  readonly #splitter: RecordSplitter
  readonly #halfReceived: HeldBytes

  constructor(host: NativeHost, stream: Duplex, listener: Listener) {
    super(host, stream)
    this.#halfReceived = new HeldBytes(host.budgets)
    this.session = new Session(host, this, listener)
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

  /** Hello was said: from now on frames and other records may be this long. */
  admit(largestFrame: number, largestRecord: number): void {
    this.#splitter.maxFrame = largestFrame
    this.#splitter.maxRecord = largestRecord
    this.admitted()
  }

  receive(chunk: Uint8Array): void {
    this.noteReceived()
    if (this.isEnding) return
    try {
      this.#splitter.push(chunk)
      this.#countHalfReceived(this.#splitter.pendingBytes)
      this.session.received()
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  /** Never throws: a peer that cannot be told what it must know is better closed. */
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

  reply(reply: Reply): void {
    this.queueReply(encodeRecord('reply', reply))
  }

  write(pieces: readonly Uint8Array[]): void {
    for (let i = 0; i < pieces.length; i++) this.queue(pieces[i])
  }

  /** The peer is at fault: it receives the code, and nobody else notices. */
  fail(error: TocsinError): void {
    if (this.isEnding) return
    this.host.faulty(this.session.peer, error)
    this.send('error', wireError(error))
    this.end()
  }

  /** Ends the connection after what was sent. */
  end(): void {
    if (this.isEnding) return
    this.isEnding = true
    this.due = this.host.now() + this.host.limits.closeTimeout
    this.session.close()
    this.#splitter.drop()
    this.#halfReceived.set(0)
    this.flush()
    this.stream.end()
    // The peer may first have to get rid of what it wanted to say.
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

  /** A peer that is not read from because it does not take its replies has no such excuse. */
  protected override get isKeptWaiting(): boolean {
    return this.isPausedFor(Pause.publisher)
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
    throw new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too much is half received', {
      details: { limit: this.host.budgets.limits.halfReceived },
    })
  }
}
