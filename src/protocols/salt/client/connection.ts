import type { Socket } from 'node:net'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { encodeFrame, type FrameFault, FrameSplitter } from '../codec/frame.js'
import { type SaltAddress, showAddress } from './address.js'
import { type DialOptions, dial } from './dial.js'

export interface ConnectionOptions extends DialOptions {
  /** Maximum bytes of unread events. Above it the socket is not read, so that the bus waits. Default 16 MiB. */
  maxBuffered?: number
  /** A larger frame ends the connection; bytes. Default 64 MiB. */
  maxFrame?: number
  /** Called for each received value that is not a frame. */
  onFault?: (fault: FrameFault) => void
}

export interface ReadOptions {
  /** Longest wait, ms. 0 returns only what has arrived already. Default: no limit. */
  timeout?: number
  signal?: AbortSignal
}

const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/**
 * One connection to a pub or pull socket of a Salt event bus. It reads ahead, keeps the process running only while a
 * call of `read` waits, and does not reconnect.
 *
 * @example
 * await using bus = await SaltConnection.open({ path: '/var/run/salt/master/master_event_pub.ipc' })
 * for await (const body of bus) console.log(SaltEvent.unpack(body)) // ['salt/auth', { … }]
 */
export class SaltConnection implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly address: SaltAddress
  readonly #socket: Socket
  readonly #splitter: FrameSplitter
  readonly #unread = new UnreadBodies()
  readonly #maxBuffered: number
  #wake: (() => void) | undefined
  #closed: TocsinError | undefined
  #faults = 0

  /** Rejects with TCN_SALT_CLOSED if no bus answers within `timeout`. */
  static async open(address: SaltAddress, options: ConnectionOptions = {}): Promise<SaltConnection> {
    return new SaltConnection(address, await dial(address, options), options)
  }

  private constructor(address: SaltAddress, socket: Socket, options: ConnectionOptions) {
    this.address = address
    this.#socket = socket
    this.#maxBuffered = options.maxBuffered ?? MAX_BUFFERED_BYTES
    const onFault = (fault: FrameFault): void => {
      this.#faults++
      options.onFault?.(fault)
    }
    const onBody = (bytes: Uint8Array, start: number, end: number): void =>
      this.#unread.add(bytes.subarray(start, end))
    this.#splitter = new FrameSplitter({ onBody, onFault }, options.maxFrame)
    socket.setNoDelay(true).unref()
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#end(error.message, error))
    socket.on('close', () => this.#end('the bus closed it'))
  }

  /** Why the connection is closed; undefined while it is open. Events received before can still be read. */
  get closed(): TocsinError | undefined {
    return this.#closed
  }

  /** Number of received values that were not frames. */
  get faults(): number {
    return this.#faults
  }

  /**
   * Body of the next event, `tag \n\n data`; undefined after the timeout or when the signal fires. Rejects with
   * TCN_SALT_CLOSED after the last event, and with TCN_SALT_IN_USE while another call waits.
   */
  async read(options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    if (this.#wake !== undefined) throw new TocsinError('TCN_SALT_IN_USE')
    if (this.#unread.bytes === 0 && this.#closed === undefined) await this.#wait(options)
    const body = this.#unread.take()
    if (body === undefined && this.#closed !== undefined) throw this.#closed
    if (this.#socket.isPaused() && this.#unread.bytes <= this.#maxBuffered / 2) this.#socket.resume()
    return body
  }

  /** Yields events, and rejects with TCN_SALT_CLOSED after the last one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const body = await this.read()
      if (body !== undefined) yield body
    }
  }

  /** Resolves when the system has accepted the event. Rejects with TCN_SALT_CLOSED or TCN_FRAME_TOO_LARGE. */
  send(body: Uint8Array): Promise<void> {
    const frame = encodeFrame(body)
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed)
      this.#socket.write(frame, (error) => {
        if (error) this.#end(error.message, error)
        return error ? reject(this.#closed) : resolve()
      })
    })
  }

  /** Closes the connection after everything sent so far is written. */
  close(): void {
    this.#end('it was closed here')
    this.#socket.ref().destroySoon()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    if (!this.#socket.closed) await new Promise((resolve) => this.#socket.once('close', resolve))
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      this.#end(messageOf(error), error)
      this.#socket.destroy()
    }
    if (this.#unread.bytes > this.#maxBuffered) this.#socket.pause()
    if (this.#unread.bytes > 0) this.#wake?.()
  }

  #end(reason: string, cause?: unknown): void {
    this.#closed ??= new TocsinError('TCN_SALT_CLOSED', `${showAddress(this.address)}: ${reason}`, { cause })
    this.#wake?.()
  }

  async #wait({ timeout, signal }: ReadOptions): Promise<void> {
    if (signal?.aborted) return
    let timer: ReturnType<typeof setTimeout> | undefined
    this.#socket.ref()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      signal?.addEventListener('abort', resolve as () => void, { once: true })
      if (timeout !== undefined && timeout > 0) timer = setTimeout(resolve, Math.min(timeout, MAX_TIMER_MS))
      // Node polls the socket once between two turns of the event loop.
      else if (timeout !== undefined) setImmediate(() => setImmediate(resolve))
    })
    this.#socket.unref()
    clearTimeout(timer)
    signal?.removeEventListener('abort', this.#wake as () => void)
    this.#wake = undefined
  }
}

/** setTimeout runs a callback at once if its delay is longer than this. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Bodies of events that are not read yet, oldest first. */
export class UnreadBodies {
  readonly #bodies: Uint8Array[] = []
  #first = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  add(body: Uint8Array): void {
    this.#bodies.push(body)
    this.#bytes += body.length + OVERHEAD_BYTES
  }

  take(): Uint8Array | undefined {
    if (this.#first === this.#bodies.length) return undefined
    const body = this.#bodies[this.#first]
    this.#bodies[this.#first++] = NONE
    this.#bytes -= body.length + OVERHEAD_BYTES
    if (this.#first === this.#bodies.length || this.#first >= MAX_TAKEN) {
      this.#bodies.splice(0, this.#first)
      this.#first = 0
    }
    return body
  }
}

/** Memory that an event uses besides its bytes, so that many small events are bounded too. */
const OVERHEAD_BYTES = 128
/** Read bodies are removed from the list in groups of this size, since removal moves the rest. */
const MAX_TAKEN = 1024
const NONE = new Uint8Array(0)
