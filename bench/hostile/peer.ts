import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { decode, EVENT_OP, encodeFrame, type FrameParts } from '../../src/event/index.js'
import { type ControlName, encodeRecord } from '../../src/protocols/native/codec.js'
import { Op, type RecordBodies, type Welcome } from '../../src/protocols/native/protocol.js'
import type { Target } from './attack.js'

const HEAD_BYTES = 5

/** A connection of the native protocol that does only what it is told, and keeps to none of the client's manners. */
export class Peer {
  readonly socket: Socket
  /** Prefix of the sources that its principal may use. */
  source = ''
  /** Called for each record but events. */
  onRecord: (op: number, body: unknown) => void = () => {}
  onClosed: () => void = () => {}
  #rest: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  #counter = 0

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    // The hub may end the connection at any time, which is an answer like any other.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.onClosed())
  }

  static async open({ tcp, token }: Target, producer?: string): Promise<Peer> {
    const peer = new Peer(connect(tcp, '127.0.0.1'))
    const welcome = peer.next(Op.welcome)
    peer.send('hello', { version: 1, token, producer })
    const { lastCounter, source } = (await welcome) as Welcome
    peer.#counter = lastCounter
    peer.source = source
    return peer
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): boolean {
    return this.socket.write(encodeRecord(name, body))
  }

  /** Returns the bytes of an event, with the next counter of this connection. */
  event(parts: FrameParts): Uint8Array {
    return encodeFrame({ source: this.source, ...parts, seq: ++this.#counter })
  }

  get counter(): number {
    return this.#counter
  }

  /** Writes, and waits until there is room again or the connection is closed. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.socket.destroyed || this.socket.write(bytes)) return
    const over = new AbortController()
    const { signal } = over
    const events = ['drain', 'close'].map((name) => once(this.socket, name, { signal }))
    await Promise.race(events).catch(() => undefined)
    over.abort()
  }

  /** Resolves with the next record of this op; rejects when the connection ends before. */
  next(wanted: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.onClosed = () => reject(new Error('the hub closed the connection'))
      this.onRecord = (op, body) => {
        if (op === Op.error) reject(new Error(JSON.stringify(body)))
        if (op === wanted) resolve(body)
      }
    })
  }

  /** Publishes one event. Resolves with its cursor, or with the code of the refusal. */
  publish(frame: Uint8Array): Promise<string> {
    return new Promise((resolve) => {
      this.onClosed = () => resolve('the hub closed the connection')
      this.onRecord = (op, body) => {
        if (op === Op.accepted) resolve((body as RecordBodies['accepted']).cursor ?? '')
        if (op === Op.refused || op === Op.error) resolve((body as RecordBodies['error']).code)
      }
      void this.write(frame)
    })
  }

  /** Sends several requests at once, and resolves when all are answered. */
  requests(
    method: string,
    params: Record<string, unknown>[],
    answered: (code: string) => void,
  ): Promise<void> {
    return new Promise((resolve) => {
      let open = params.length
      this.onClosed = resolve
      if (this.socket.destroyed) resolve()
      this.onRecord = (op, body) => {
        const { error, more } = body as RecordBodies['reply']
        if (op !== Op.reply || more === true) return
        answered(error?.code ?? 'answered')
        if (--open === 0) resolve()
      }
      for (const [id, each] of params.entries()) this.send('request', { id: id + 1, method, params: each })
    })
  }

  close(): void {
    this.socket.destroy()
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + 4 + bytes.readUInt32LE(at)
      if (end > bytes.length) break
      const op = bytes[at + 4]
      // Otherwise it would be closed as dead.
      if (op === Op.ping) this.send('pong', {})
      else if (op !== EVENT_OP) this.onRecord(op, decode(bytes, at + HEAD_BYTES, end))
      at = end
    }
    this.#rest = bytes.subarray(at)
  }
}
