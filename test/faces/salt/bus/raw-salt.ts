import { connect, type Socket } from 'node:net'
import { splitBody } from '../../../../src/protocols/salt/codec/body.js'
import { FrameSplitter } from '../../../../src/protocols/salt/codec/frame.js'
import { unpack } from '../../../../src/protocols/salt/codec/values.js'

export interface Received {
  tag: string
  data: unknown
}

/** Connects like Salt's clients, without a handshake. */
export function dial(path: string | number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = typeof path === 'number' ? connect(path, '127.0.0.1') : connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** A subscriber that keeps what it receives. */
export class RawSubscriber {
  readonly socket: Socket
  readonly events: Received[] = []
  readonly chunks: Uint8Array[] = []
  closed = false
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    const splitter = new FrameSplitter({
      onBody: (bytes, start, end) => {
        const { tag, data } = splitBody(bytes.slice(start, end))
        this.events.push({ tag, data: unpack(data) })
      },
      onFault: (fault) => {
        throw new Error(fault)
      },
    })
    socket.on('data', (chunk) => {
      this.chunks.push(chunk)
      splitter.push(chunk)
      this.#wake?.()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      this.#wake?.()
    })
  }

  static async open(path: string | number): Promise<RawSubscriber> {
    return new RawSubscriber(await dial(path))
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.chunks)
  }

  /** Resolves when `count` events have arrived, or the connection is closed. */
  async until(count: number): Promise<Received[]> {
    await this.#untilTrue(() => this.events.length >= count)
    return this.events
  }

  untilClosed(): Promise<void> {
    return this.#untilTrue(() => this.closed)
  }

  async #untilTrue(condition: () => boolean): Promise<void> {
    while (!condition() && !this.closed) {
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
  }
}

export function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((done, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : done()))
  })
}
