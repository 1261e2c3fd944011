import type { Socket } from 'node:net'
import { TocsinError } from '../../../event/errors.js'
import { encodeFrame, type FrameFault, FrameSplitter } from '../codec/frame.js'
import { type SaltAddress, showAddress } from './address.js'
import { type DialOptions, dial } from './dial.js'
import { Inbox } from './inbox.js'

export interface ConnectionOptions extends DialOptions {
  /** Bytes of events kept while nobody reads; over it the socket is not read, so that the bus waits. Default 16 MiB. */
  maxBuffered?: number
  /** A larger frame ends the connection, bytes. Default 64 MiB. */
  maxFrame?: number
  /** What came and was no frame. */
  onFault?: (fault: FrameFault) => void
}

export interface ReadOptions {
  /** ms. 0 takes what is there; without it, waits for ever. */
  timeout?: number
  signal?: AbortSignal
}

const MAX_BUFFERED = 16 * 1024 * 1024

/**
 * One connection to a pub or a pull socket of a Salt event bus. It reads ahead, and does not keep the process alive
 * unless somebody waits in `read`. It never connects again by itself.
 */
export class SaltConnection implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly address: SaltAddress
  readonly #socket: Socket
  readonly #splitter: FrameSplitter
  readonly #inbox = new Inbox()
  readonly #maxBuffered: number
  #wake: (() => void) | undefined
  #closed: TocsinError | undefined
  #faults = 0

  /** Rejects with TCN_SALT_CLOSED when nobody answers within `timeout`. */
  static async open(address: SaltAddress, options: ConnectionOptions = {}): Promise<SaltConnection> {
    return new SaltConnection(address, await dial(address, options), options)
  }

  private constructor(address: SaltAddress, socket: Socket, options: ConnectionOptions) {
    this.address = address
    this.#socket = socket
    this.#maxBuffered = options.maxBuffered ?? MAX_BUFFERED
    const onFault = (fault: FrameFault): void => {
      this.#faults++
      options.onFault?.(fault)
    }
    const onBody = (bytes: Uint8Array, start: number, end: number): void =>
      this.#inbox.add(bytes.subarray(start, end))
    this.#splitter = new FrameSplitter({ onBody, onFault }, options.maxFrame)
    socket.setNoDelay(true).unref()
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#end(error.message, error))
    socket.on('close', () => this.#end('the bus closed it'))
  }

  /** Why it is closed; undefined while it is open. What came before can still be read. */
  get closed(): TocsinError | undefined {
    return this.#closed
  }

  /** Values received that were no frames. */
  get faults(): number {
    return this.#faults
  }

  /**
   * Body of the next event, `tag \n\n data`; undefined when the time is over or the signal came. Rejects with
   * TCN_SALT_CLOSED at the end, with TCN_SALT_IN_USE while another call waits.
   */
  async read(options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    if (this.#wake !== undefined) throw new TocsinError('TCN_SALT_IN_USE')
    if (this.#inbox.bytes === 0 && this.#closed === undefined) await this.#wait(options)
    const body = this.#inbox.take()
    if (body === undefined && this.#closed !== undefined) throw this.#closed
    if (this.#socket.isPaused() && this.#inbox.bytes <= this.#maxBuffered / 2) this.#socket.resume()
    return body
  }

  /** Events until the connection is closed; rejects then. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const body = await this.read()
      if (body !== undefined) yield body
    }
  }

  /** Resolves when the system has the event. Rejects with TCN_SALT_CLOSED or TCN_FRAME_TOO_LARGE. */
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

  /** What was sent still goes out. */
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
      this.#end((error as Error).message, error)
      this.#socket.destroy()
    }
    if (this.#inbox.bytes > this.#maxBuffered) this.#socket.pause()
    if (this.#inbox.bytes > 0) this.#wake?.()
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
      if (timeout !== undefined && timeout > 0) timer = setTimeout(resolve, Math.min(timeout, MAX_DELAY))
      // Between two turns the system is asked once for what has come.
      else if (timeout !== undefined) setImmediate(() => setImmediate(resolve))
    })
    this.#socket.unref()
    clearTimeout(timer)
    signal?.removeEventListener('abort', this.#wake as () => void)
    this.#wake = undefined
  }
}

/** setTimeout runs at once what is further away. */
const MAX_DELAY = 2 ** 31 - 1
