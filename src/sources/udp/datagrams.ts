import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Address } from '../../config/values/address.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { begin } from '../../parts/work.js'
import { kernelDrops } from './drops.js'
import { plainAddress } from './senders.js'

const RETRY_MS = 20
/** Time in one turn of the event loop in which datagrams are received: the kernel may hand over many at once. */
const SLICE_MS = 3
const LOOK_MS = 5_000
/** Messages that wait for their turn, or until the hub accepts events; those beyond are lost and counted. */
const MAX_WAITING_BYTES = 8 * 2 ** 20
const RECEIVING = { face: 'source', what: 'datagrams' }

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
  /** When the time for datagrams ends in this turn, ms (monotonic). */
  #turnEnd: number | undefined
  #isDrainedSoon = false
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
    const left = this.#waiting.length > 0 ? 'more' : this.#take(datagram)
    if (left === undefined) return
    if (this.#waitingBytes + length > MAX_WAITING_BYTES) {
      this.#overflow++
      return
    }
    this.#waiting.push(datagram)
    this.#waitingBytes += length
    this.#drainLater(left)
  }

  /** Returns why it was not taken. */
  #take(datagram: Datagram): 'refused' | 'more' | undefined {
    if (!this.#hasTime()) return 'more'
    return this.#options.receive(datagram) ? undefined : 'refused'
  }

  #hasTime(): boolean {
    const { runtime } = this.#options
    const now = runtime.monotonic()
    if (this.#turnEnd !== undefined) return now < this.#turnEnd
    begin(RECEIVING)
    this.#turnEnd = now + SLICE_MS
    runtime.soon(() => {
      this.#turnEnd = undefined
    })
    return true
  }

  #drainLater(left: 'refused' | 'more'): void {
    if (this.#retry !== undefined || this.#isDrainedSoon) return
    const { runtime } = this.#options
    const again = () => {
      this.#retry = undefined
      this.#isDrainedSoon = false
      if (!this.#closed) this.#drain()
    }
    if (left === 'refused') this.#retry = runtime.after(RETRY_MS, again)
    else {
      this.#isDrainedSoon = true
      runtime.soon(again)
    }
  }

  #drain(): void {
    let done = 0
    let left: 'refused' | 'more' | undefined
    for (const each of this.#waiting) {
      left = this.#take(each)
      if (left !== undefined) break
      this.#waitingBytes -= each.bytes.length
      done++
    }
    this.#waiting.splice(0, done)
    if (left !== undefined) {
      this.#drainLater(left)
      return
    }
    if (this.#overflow > 0) this.#options.lost(this.#overflow, 'the hub could not take datagrams so fast')
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
