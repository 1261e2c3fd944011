import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { MAX_FRAME_BYTES } from '../../../event/frame.js'
import { RecordSplitter } from '../../../event/splitter.js'
import {
  type ControlName,
  type ControlRecord,
  decodeRecord,
  encodeRecord,
  MAX_REPLY_BYTES,
} from '../../native/codec.js'
import { ownName } from '../../native/own-name.js'
import { type Hello, PROTOCOL_VERSION, type RecordBodies } from '../../native/protocol.js'
import { isTrustFailure, isWithoutTls, tlsSettings } from '../../transport/tls-options.js'
import { AF_UNIX } from '../constants/address-families.js'
import type { AddressFamily, HubAddress } from './arguments.js'

const KEEP_ALIVE = 60_000

export interface RecordReader {
  /** Receives whole frames in [start, end); the memory belongs to the receiver. */
  onEvents(bytes: Uint8Array, start: number, end: number): void
  onRecord(record: ControlRecord): void
  /** Called once, with the reason if it is a fault. */
  onEnd(error: TocsinError | undefined): void
}

/** A connection to a hub on the level of records. */
export class RecordStream {
  readonly #socket: Socket
  #error: TocsinError | undefined

  /** Connects and sends hello. */
  constructor(family: AddressFamily, address: HubAddress, hello: Partial<Hello>, reader: RecordReader) {
    this.#socket = dial(family, address)
    const splitter = new RecordSplitter(
      {
        onEvents: (bytes, start, end) => reader.onEvents(bytes, start, end),
        onRecord: (op, bytes, start, end) => {
          const record = decodeRecord(op, bytes, start, end)
          if (record !== undefined) reader.onRecord(record)
        },
      },
      MAX_FRAME_BYTES,
      MAX_REPLY_BYTES,
    )
    this.#socket.on('data', (chunk) => this.#receive(splitter, chunk))
    this.#socket.on('error', (error) => {
      this.#error ??= connectError(error)
    })
    this.#socket.on('close', () => reader.onEnd(this.#error))
    const token = address.token ?? process.env.TOCSIN_TOKEN
    const name = address.name ?? ownName()
    this.send('hello', { version: PROTOCOL_VERSION, name, ...(token && { token }), ...hello })
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    if (this.#socket.writable) this.#socket.write(encodeRecord(name, body))
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(error?: TocsinError): void {
    this.#error ??= error
    this.#socket.destroy()
  }

  #receive(splitter: RecordSplitter, chunk: Uint8Array): void {
    try {
      splitter.push(chunk)
    } catch (error) {
      this.close(error instanceof TocsinError ? error : new TocsinError('TCN_INTERNAL', String(error)))
    }
  }
}

function dial(family: AddressFamily, { ip, port, path, tls }: HubAddress): Socket {
  if (family === AF_UNIX) return connect({ path: path! })
  const peer = { host: ip!, port: port! }
  const socket = tls === undefined ? connect(peer) : connectTls({ ...peer, ...tlsSettings(tls, peer.host) })
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE)
}

function connectError(error: Error): TocsinError {
  if (isWithoutTls(error))
    return new TocsinError('TCN_CLIENT_NO_TLS', 'the hub does not speak TLS', { cause: error })
  const code = isTrustFailure(error) ? 'TCN_CLIENT_TLS' : 'TCN_NCS_CONNECT'
  return new TocsinError(code, error.message, { cause: error })
}
