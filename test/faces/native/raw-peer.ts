import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Event } from '../../../src/event/event.js'
import { encodeFrame, type FrameParts } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { RecordSplitter } from '../../../src/event/splitter.js'
import {
  type ControlName,
  type ControlRecord,
  decodeRecord,
  encodeRecord,
} from '../../../src/protocols/native/codec.js'
import type { RecordBodies, Welcome } from '../../../src/protocols/native/protocol.js'

export type Item = ControlRecord | { name: 'event'; body: Event }

/** A peer that sends single records or any bytes, so that tests can also violate the protocol. */
export class RawPeer {
  readonly items: Item[] = []
  readonly socket: Socket
  #taken = 0
  #closed = false
  #wake: () => void = () => {}

  /** Connects to a unix socket, or uses an existing stream. */
  constructor(target: string | Duplex, options: { allowHalfOpen?: boolean } = {}) {
    this.socket = typeof target === 'string' ? connect({ path: target, ...options }) : (target as Socket)
    const splitter = new RecordSplitter(
      {
        onEvents: (bytes, start, end) => {
          for (let at = start; at < end; ) {
            const event = new Event(bytes, at)
            this.items.push({ name: 'event', body: event })
            at = event.end
          }
        },
        onRecord: (op, bytes, start, end) => {
          const record = decodeRecord(op, bytes, start, end)
          if (record !== undefined) this.items.push(record)
        },
      },
      64 * 1024 * 1024,
    )
    this.socket.on('data', (chunk) => {
      splitter.push(chunk)
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): this {
    return this.write(encodeRecord(name, body))
  }

  event(counter: number, tag: string, parts: Partial<FrameParts> = {}): this {
    return this.write(frame(counter, tag, parts))
  }

  write(bytes: Uint8Array): this {
    this.socket.write(bytes)
    return this
  }

  async hello(body: Partial<RecordBodies['hello']> = {}): Promise<Welcome> {
    this.send('hello', { version: 1, ...body })
    return (await this.take('welcome')).body
  }

  /** Resolves with the next record, which must have this name. */
  async take<N extends Item['name']>(name: N): Promise<Extract<Item, { name: N }>> {
    const item = await this.next()
    if (item?.name !== name)
      throw new Error(`${name} expected, but came ${JSON.stringify(item?.name)} ${describe(item)}`)
    return item as Extract<Item, { name: N }>
  }

  /** Resolves with the next record of this name, and skips those before it. */
  async skipTo<N extends Item['name']>(name: N): Promise<Extract<Item, { name: N }>> {
    for (;;) {
      const item = await this.next()
      if (item === undefined) throw new Error(`${name} expected, but the connection was closed`)
      if (item.name === name) return item as Extract<Item, { name: N }>
    }
  }

  /** Resolves with the next record; undefined when the connection is closed. */
  async next(): Promise<Item | undefined> {
    while (this.#taken === this.items.length) {
      if (this.#closed) return undefined
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
    return this.items[this.#taken++]
  }

  /** Resolves with the code of the error with which the hub ends the connection. Nothing may follow the error. */
  async fault(): Promise<string> {
    const { body } = await this.skipTo('error')
    const after = await this.next()
    if (after !== undefined) throw new Error(`${after.name} came after the error`)
    return body.code
  }

  get isClosed(): boolean {
    return this.#closed
  }

  async closed(): Promise<void> {
    while (!this.#closed) {
      await new Promise<void>((wake) => {
        this.#wake = wake
      })
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

export function frame(counter: number, tag: string, parts: Partial<FrameParts> = {}): Uint8Array {
  return encodeFrame({ tag, source: 'host/test', body: encode({ n: counter }), seq: counter, ...parts })
}

function describe(item: Item | undefined): string {
  return item === undefined || item.name === 'event' ? '' : JSON.stringify(item.body)
}
