import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Address } from '../../config/values/address.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { kernelDrops } from './drops.js'
import { plainAddress } from './senders.js'

const RETRY_MS = 20
const LOOK_MS = 5_000
/** Messages that wait while the hub accepts no events; those beyond are lost and counted. */
const MAX_WAITING_BYTES = 8 * 2 ** 20

export interface Datagram {
  bytes: Buffer
  peer: string
  port: number
}

export interface DatagramOptions {
  address: Address
  /** Memory of the kernel for what has arrived, bytes. */
  receiveBuffer: number
  runtime: Runtime
  /** Returns false if the hub accepts no events at present; the datagram then waits. */
  receive(datagram: Datagram): boolean
  accepts(address: string): boolean
  lost(count: number, reason: string): void
  failed(error: Error): void
}

/** Receives datagrams. What the kernel or the hub cannot take is counted. */
export class Datagrams {
  readonly #options: DatagramOptions
  readonly #socket: Socket
  #waiting: Datagram[] = []
  #waitingBytes = 0
  #overflow = 0
  #drops = 0
  #retry: Cancel | undefined
  #look: Cancel | undefined
  #closed = false

  constructor(options: DatagramOptions) {
    this.#options = options
    const type = isIP(options.address.host) === 6 ? 'udp6' : 'udp4'
    this.#socket = createSocket({ type, recvBufferSize: options.receiveBuffer })
    this.#socket.on('message', (bytes, { address, port }) =>
      this.#receive({ bytes, peer: plainAddress(address), port }),
    )
  }

  /** The port at which it listens. */
  get port(): number {
    return this.#socket.address().port
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options.address
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind(port, host, () => {
        this.#socket.off('error', reject)
        this.#socket.on('error', (error) => this.#options.failed(error))
        resolve()
      })
    })
    this.#drops = (await kernelDrops(this.#socket.address())) ?? 0
    this.#lookLater()
  }

  /** An answer may be lost as any datagram: who needs it asks again. */
  send(bytes: Buffer, peer: string, port: number): void {
    if (!this.#closed) this.#socket.send(bytes, port, peer, () => {})
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#retry?.()
    this.#look?.()
    await this.#countDrops().catch(() => {})
    if (this.#waiting.length > 0) this.#options.lost(this.#waiting.length, 'the source was stopped')
    this.#waiting = []
    await new Promise<void>((done) => this.#socket.close(() => done()))
  }

  #receive(datagram: Datagram): void {
    const { length } = datagram.bytes
    if (length === 0 || !this.#options.accepts(datagram.peer)) return
    if (this.#waiting.length === 0 && this.#options.receive(datagram)) return
    if (this.#waitingBytes + length > MAX_WAITING_BYTES) {
      this.#overflow++
      return
    }
    this.#waiting.push(datagram)
    this.#waitingBytes += length
    this.#retryLater()
  }

  #retryLater(): void {
    this.#retry ??= this.#options.runtime.after(RETRY_MS, () => {
      this.#retry = undefined
      this.#drain()
    })
  }

  #drain(): void {
    let done = 0
    for (const each of this.#waiting) {
      if (!this.#options.receive(each)) break
      this.#waitingBytes -= each.bytes.length
      done++
    }
    this.#waiting.splice(0, done)
    if (this.#waiting.length > 0) {
      this.#retryLater()
      return
    }
    if (this.#overflow > 0) this.#options.lost(this.#overflow, 'the hub accepted no events')
    this.#overflow = 0
  }

  #lookLater(): void {
    this.#look = this.#options.runtime.after(LOOK_MS, () => {
      void this.#lookAgain()
    })
  }

  async #lookAgain(): Promise<void> {
    await this.#countDrops().catch(() => {})
    if (!this.#closed) this.#lookLater()
  }

  async #countDrops(): Promise<void> {
    const drops = await kernelDrops(this.#socket.address())
    if (drops === undefined) return
    const fresh = drops - this.#drops
    this.#drops = drops
    if (fresh > 0) this.#options.lost(fresh, 'the kernel dropped datagrams: its buffer was full')
  }
}
