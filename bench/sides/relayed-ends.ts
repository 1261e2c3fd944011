import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Packr } from 'msgpackr'
import { sample } from '../harness/sample-event.js'
import { natsEnds } from './nats-ends.js'
import type { Ends, Sender } from './side.js'

const codec = new Packr({ useRecords: false })
const HEAD_BYTES = 4

/** Sends bodies to a relay, which publishes them to JetStream, and tells how many more are stored. */
export const relayedEnds: Ends = {
  ...natsEnds,
  async sender(address) {
    const socket = connect(address)
    await once(socket, 'connect')
    return new RelayedSender(socket)
  },
}

/** Cuts a stream of bytes into bodies, each after its length. */
export class BodyReader {
  readonly #took: (body: Buffer) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(took: (body: Buffer) => void) {
    this.#took = took
  }

  take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUInt32LE(at)
      if (end > bytes.length) break
      this.#took(bytes.subarray(at + HEAD_BYTES, end))
      at = end
    }
    this.#rest = bytes.subarray(at)
  }
}

class RelayedSender implements Sender {
  readonly #socket: Socket
  #waiting: (() => void)[] = []
  #next = 0
  #parts: Buffer[] = []
  #allStored: () => void = () => undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (counts) => this.#stored(counts))
  }

  send(index: number): boolean {
    void this.sendDurably(index)
    return true
  }

  async ready(): Promise<void> {}

  sendDurably(index: number): Promise<unknown> {
    const body = codec.pack(sample(index))
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(body.length)
    if (this.#parts.length === 0) setImmediate(() => this.#write())
    this.#parts.push(head, body)
    return new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#allStored = resolve))
  }

  #write(): void {
    this.#socket.write(Buffer.concat(this.#parts))
    this.#parts = []
  }

  /** The counts are short, and a socket of this machine does not cut them. */
  #stored(counts: Buffer): void {
    for (let at = 0; at < counts.length; at += HEAD_BYTES)
      for (let left = counts.readUInt32LE(at); left > 0; left--) this.#waiting[this.#next++]()
    if (this.#next < this.#waiting.length) return
    this.#waiting = []
    this.#next = 0
    this.#allStored()
  }
}
