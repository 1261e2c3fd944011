import { asError } from '../../../errors/thrown.js'
import type { SaltAddress } from './address.js'
import { type ConnectionOptions, SaltConnection } from './connection.js'

/** The connection to one socket, made when it is needed. */
export class LazyConnection {
  readonly #address: SaltAddress
  readonly #options: ConnectionOptions
  readonly #closing = new AbortController()
  #connecting: Promise<void> | undefined
  #connection: SaltConnection | undefined
  #error: Error | undefined

  constructor(address: SaltAddress, options: ConnectionOptions = {}) {
    this.#address = address
    this.#options = options
  }

  /** Undefined before it is made and after `drop()`. A connection that the bus has closed is kept. */
  get connection(): SaltConnection | undefined {
    return this.#connection
  }

  /** Why the last attempt failed. */
  get error(): Error | undefined {
    return this.#error
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Resolves to undefined if no bus answers within `timeout` ms. */
  async connect(timeout: number, signal?: AbortSignal): Promise<SaltConnection | undefined> {
    while (this.#connecting !== undefined) await this.#connecting
    if (this.#connection === undefined) {
      this.#connecting = this.#open(timeout, signal)
      await this.#connecting
    }
    return this.#connection
  }

  drop(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  /** Closes it for good, and ends a running attempt to connect. */
  async close(): Promise<void> {
    this.#closing.abort()
    const connection = this.#connection
    this.#connection = undefined
    await connection?.[Symbol.asyncDispose]()
  }

  async #open(timeout: number, signal: AbortSignal | undefined): Promise<void> {
    const signals = [this.#closing.signal, signal].filter((one) => one !== undefined)
    try {
      const options = { ...this.#options, timeout, signal: AbortSignal.any(signals) }
      this.#connection = await SaltConnection.open(this.#address, options)
    } catch (error) {
      this.#error = asError(error)
    } finally {
      this.#connecting = undefined
    }
  }
}
