import { knownCode } from '../../errors/known-code.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { EdgeLine, EdgeRequest } from '../../methods/askable-edge.js'
import type { Reply, WireError } from '../../protocols/native/protocol.js'
import type { Peer } from '../shared/session-kind.js'
import { notValid } from './hello.js'

const MAX_MESSAGE = 300
/** Each part of a reply is an object of its own: parts that have less on average would cost many times their bytes. */
const LEAST_PART = 1024
/** Parts of any size. */
const FEW_PARTS = 64

interface Pending {
  /** Bytes that have come ahead of the reply. */
  readonly pieces: Uint8Array[]
  bytes: number
  resolve(result: unknown): void
  reject(error: TocsinError): void
}

/** The requests to an edge hub that answers, over the connection that it has opened. */
export class RequestLine implements EdgeLine {
  readonly #connection: Pick<Peer, 'send'>
  readonly #largest: number
  readonly #pending = new Map<number, Pending>()
  #last = 0
  #isClosed = false

  /** `largest`: bytes that a reply may have in all. */
  constructor(connection: Pick<Peer, 'send'>, largest: number) {
    this.#connection = connection
    this.#largest = largest
  }

  ask(method: string, { cancellation, ...params }: EdgeRequest): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(away())
    if (cancellation.isCancelled) return Promise.reject(cancelled(cancellation.reason))
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      const end = cancellation.onCancel(() => {
        if (this.#pending.delete(id) && !this.#isClosed) this.#connection.send('cancel', { id })
        reject(cancelled(cancellation.reason))
      })
      this.#pending.set(id, {
        pieces: [],
        bytes: 0,
        resolve: (result) => {
          end()
          resolve(result)
        },
        reject: (error) => {
          end()
          reject(error)
        },
      })
      this.#connection.send('request', { id, method, params: { ...params } })
    })
  }

  /** Throws TCN_PROTOCOL_BODY. A reply to a request that was cancelled is ignored. */
  take({ id, result, more, error }: Reply): void {
    if (id > this.#last) throw notValid(`reply: nothing was asked under the id ${id}`)
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    if (more) {
      this.#addPiece(pending, result)
      return
    }
    const isWhole = pending.pieces.length === 0 || error !== undefined
    const whole = isWhole ? result : withFrames(result, pending.pieces)
    this.#pending.delete(id)
    if (error === undefined) pending.resolve(whole)
    else pending.reject(edgeFault(error))
  }

  close(): void {
    this.#isClosed = true
    for (const { reject } of this.#pending.values()) reject(away())
    this.#pending.clear()
  }

  #addPiece(pending: Pending, piece: unknown): void {
    if (!(piece instanceof Uint8Array) || piece.length === 0)
      throw notValid('reply: a part is not bytes, or has none')
    pending.bytes += piece.length
    if (pending.bytes > this.#largest) throw notValid(`reply: it has more than ${this.#largest} bytes`)
    if (pending.pieces.push(piece) > FEW_PARTS + pending.bytes / LEAST_PART)
      throw notValid(`reply: its parts have less than ${LEAST_PART} bytes`)
  }
}

function withFrames(result: unknown, pieces: readonly Uint8Array[]): unknown {
  if (typeof result !== 'object' || result === null) throw notValid('reply: the result is no map')
  return { ...result, frames: Buffer.concat(pieces) }
}

/** The edge hub is not trusted to write texts of any length into answers and logs of this one. */
function edgeFault({ code, message }: WireError): TocsinError {
  return new TocsinError(knownCode(code), message.slice(0, MAX_MESSAGE))
}

function cancelled(cause: unknown): TocsinError {
  return new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause })
}

function away(): TocsinError {
  return new TocsinError('TCN_EDGE_AWAY', 'its connection has ended')
}
