import type { Duplex } from 'node:stream'
import { TocsinError, toTocsinError } from '../../event/errors.js'
import { RecordSplitter } from '../../event/splitter.js'
import { HeldBytes } from '../held-bytes.js'
import { type ControlName, encodeRecord, MAX_HELLO_BYTES, wireError } from './codec.js'
import type { Listener } from './listener.js'
import { Pause, type Peer } from './peer.js'
import type { RecordBodies, Reply } from './protocol.js'
import type { NativeServer } from './server.js'
import { Session } from './session.js'

/** Pieces are put together up to so many bytes or from so many pieces on; else the system gets them as a list. */
const JOIN_BYTES = 4096
const JOIN_PIECES = 8
/** Pings that may stay unanswered. */
const PATIENCE = 2

const PING = encodeRecord('ping', {})
const owner = Symbol('connection')
type Owned = Duplex & { [owner]: Connection }

/**
 * The stream side of one peer: bytes in, bytes out, nothing of what they mean. One of 10,000 must be
 * small: its listeners are shared functions, lists are made when needed, there is no timer.
 *
 * All output of a turn leaves with one write. What the peer does not take is bounded: events by the
 * bus, which looks at `pending`; all else by not reading from the peer.
 */
export class Connection implements Peer {
  readonly format = undefined
  readonly server: NativeServer
  readonly stream: Duplex
  readonly session: Session
  readonly #splitter: RecordSplitter
  #out: Uint8Array[] | undefined
  #outBytes = 0
  /** Bytes of control records since the peer last had taken everything. */
  #replyBytes = 0
  #pauses = 0
  readonly #halfReceived: HeldBytes
  /** The last record is on its way; what still comes in is thrown away. */
  #ending = false
  /** When the sweep must look at this connection, ms (monotonic). */
  due: number
  #heard = false
  #written = 0
  #takenBefore = 0
  #unanswered = 0

  constructor(server: NativeServer, stream: Duplex, listener: Listener, due: number) {
    this.server = server
    this.stream = stream
    this.due = due
    this.#halfReceived = new HeldBytes(server)
    this.session = new Session(server, this, listener)
    this.#splitter = new RecordSplitter(this.session, MAX_HELLO_BYTES)
    const owned = stream as Owned
    owned[owner] = this
    stream.on('data', onData)
    stream.on('drain', onDrain)
    stream.on('error', ignore)
    stream.on('close', onClose)
  }

  /** Bytes on their way to the peer that it has not taken. */
  get pending(): number {
    return this.stream.writableLength + this.#outBytes
  }

  /** Hello was said: from now on frames and other records may be this long. */
  admit(largestFrame: number, largestRecord: number): void {
    this.#splitter.maxFrame = largestFrame
    this.#splitter.maxRecord = largestRecord
    this.due = this.server.now() + this.server.limits.pingEvery
  }

  receive(chunk: Uint8Array): void {
    this.#heard = true
    if (this.#ending) return
    try {
      this.#splitter.push(chunk)
      this.#countHalfReceived(this.#splitter.pendingBytes)
      this.session.received()
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
    }
  }

  /** Never throws: who cannot be told what he has to be told is better closed. */
  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    let record: Uint8Array
    try {
      record = encodeRecord(name, body)
    } catch (error) {
      this.fail(toTocsinError(error, 'TCN_INTERNAL'))
      return
    }
    this.sendRecord(record)
  }

  reply(reply: Reply): void {
    this.sendRecord(encodeRecord('reply', reply))
  }

  sendRecord(record: Uint8Array): void {
    this.#replyBytes += record.length
    this.#queue(record)
  }

  write(pieces: readonly Uint8Array[]): void {
    for (let i = 0; i < pieces.length; i++) this.#queue(pieces[i])
  }

  /** Called at the end of the turn, after output was queued. */
  flush(): void {
    const { stream } = this
    const out = this.#out
    const bytes = this.#outBytes
    this.#out = undefined
    this.#outBytes = 0
    if (out === undefined || !stream.writable) return
    this.#written += bytes
    if (out.length === 1) stream.write(out[0])
    else if (bytes <= JOIN_BYTES || out.length >= JOIN_PIECES) stream.write(Buffer.concat(out, bytes))
    else writeList(stream, out)
    // The stream says 'drain' only of what it had to keep, not of what the system took at once.
    if (stream.writableLength === 0) this.drained()
    else if (this.#replyBytes > this.server.limits.replies && stream.writableNeedDrain)
      this.pause(Pause.replies)
  }

  pause(reason: Pause): void {
    if (this.#pauses === 0) this.stream.pause()
    this.#pauses |= reason
  }

  resume(reason: Pause): void {
    if (this.#pauses === 0) return
    this.#pauses &= ~reason
    if (this.#pauses === 0) this.stream.resume()
  }

  drained(): void {
    this.#replyBytes = 0
    this.resume(Pause.replies)
    this.session.drained()
  }

  /** The peer is at fault: it is told by which code, and nobody else notices. */
  fail(error: TocsinError): void {
    if (this.#ending) return
    this.server.faulty(this, error)
    this.send('error', wireError(error))
    this.end()
  }

  /** Ends the connection behind what was sent. */
  end(): void {
    if (this.#ending) return
    this.#ending = true
    this.due = this.server.now() + this.server.limits.closeTimeout
    this.session.close()
    this.#splitter.drop()
    this.#halfReceived.set(0)
    this.flush()
    this.stream.end()
    // Reads on, for the peer may first have to get rid of what it wanted to say.
    this.#pauses = 0
    this.stream.resume()
  }

  /** The sweep found it due. */
  overdue(now: number): void {
    if (this.#ending) this.stream.destroy()
    else if (this.session.isNew) this.fail(new TocsinError('TCN_PROTOCOL_HELLO_TIMEOUT'))
    else this.#checkAlive(now)
  }

  closed(): void {
    this.#ending = true
    this.#out = undefined
    this.#outBytes = 0
    this.session.close()
    this.#halfReceived.set(0)
    this.server.left(this)
  }

  /** Whoever sends, takes what we send, or is kept waiting by us is alive; all others are asked. */
  #checkAlive(now: number): void {
    const taken = this.#written - this.stream.writableLength
    if (this.#heard || taken > this.#takenBefore || (this.#pauses & Pause.publisher) !== 0) {
      this.#unanswered = 0
      this.#takenBefore = taken
    } else if (this.#unanswered < PATIENCE) {
      this.#unanswered++
      this.#takenBefore = taken + PING.length
      this.sendRecord(PING)
    } else {
      this.fail(new TocsinError('TCN_PROTOCOL_IDLE'))
      return
    }
    this.#heard = false
    this.due = now + this.server.limits.pingEvery
  }

  #queue(piece: Uint8Array): void {
    if (this.#ending) return
    if (this.#out === undefined) {
      this.#out = [piece]
      this.server.flushSoon(this)
    } else {
      this.#out.push(piece)
    }
    this.#outBytes += piece.length
  }

  #countHalfReceived(bytes: number): void {
    if (this.#halfReceived.set(bytes)) return
    throw new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too much is half received', {
      details: { limit: this.server.limits.halfReceived },
    })
  }
}

function onData(this: Duplex, chunk: Uint8Array): void {
  ;(this as Owned)[owner].receive(chunk)
}

function onDrain(this: Duplex): void {
  ;(this as Owned)[owner].drained()
}

function onClose(this: Duplex): void {
  ;(this as Owned)[owner].closed()
}

/** A broken connection is closed, and that is what counts. */
function ignore(): void {}

function writeList(stream: Duplex, pieces: readonly Uint8Array[]): void {
  stream.cork()
  for (const piece of pieces) stream.write(piece)
  stream.uncork()
}
