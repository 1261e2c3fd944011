import type { Msg, MsgHdrs, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import type { Runtime } from '../../event/runtime.js'
import { NatsFault } from './nats-fault.js'

/** A message as it was received. Its bytes may be used again after the call in which it was handed over. */
export interface RawMessage {
  readonly subject: string
  /** Empty if no answer is expected. */
  readonly reply: string
  /** The header block in Latin-1; empty if there is none. */
  readonly header: string
  readonly payload: Uint8Array
}

export type LinkOptions = Omit<NodeConnectionOptions, 'headers'> & { runtime: Runtime }

/** A connection to a NATS cluster, which is made again whenever it is lost. */
export class NatsLink {
  readonly runtime: Runtime
  readonly #connection: NatsConnection
  #inboxes = 0

  private constructor(connection: NatsConnection, runtime: Runtime) {
    this.#connection = connection
    this.runtime = runtime
  }

  /** Rejects with a NatsFault if no server can be reached. The library is loaded by the first call. */
  static async open({ runtime, ...options }: LinkOptions): Promise<NatsLink> {
    const { connect } = await import('@nats-io/transport-node')
    const connection = await connect({
      name: 'tocsin',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      pingInterval: 10_000,
      ...options,
    }).catch((thrown) => {
      throw new NatsFault('unreachable', reasonOf(thrown), { cause: thrown })
    })
    return new NatsLink(connection, runtime)
  }

  /** Version of the server, such as 2.9.10. */
  get version(): string {
    return this.#connection.info?.version ?? ''
  }

  /** Largest message with its header, bytes. */
  get maxPayload(): number {
    return this.#connection.info?.max_payload ?? 0
  }

  get isClosed(): boolean {
    return this.#connection.isClosed()
  }

  /** A subject that nobody else has. */
  inbox(): string {
    const random = Buffer.from(this.runtime.random(12)).toString('hex')
    return `_INBOX.${random}.${++this.#inboxes}`
  }

  publish(subject: string, payload: Uint8Array, reply = '', header?: Uint8Array): void {
    if (this.isClosed) return
    this.#connection.publish(subject, payload, { reply, headers: encodedHeaders(header) })
  }

  /** Calls the listener with each message, in the turn in which it is received. Returns a function that ends it. */
  subscribe(subject: string, listener: (message: RawMessage) => void): () => void {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) listener(new ReceivedMessage(message))
      },
    })
    return () => {
      if (!this.isClosed) subscription.unsubscribe()
    }
  }

  /** Resolves with the answer. Rejects with a NatsFault if nobody listens, or nobody answers in time. */
  async request(subject: string, payload: Uint8Array, ms: number, header?: Uint8Array): Promise<RawMessage> {
    if (this.isClosed) throw new NatsFault('unreachable', 'the connection is closed')
    try {
      const options = { timeout: ms, headers: encodedHeaders(header) }
      return new ReceivedMessage(await this.#connection.request(subject, payload, options))
    } catch (thrown) {
      throw new NatsFault('unreachable', reasonOf(thrown), { cause: thrown })
    }
  }

  /** Resolves when the server has taken everything published before. */
  async flush(): Promise<void> {
    await this.#connection.flush()
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }
}

/** Wraps a message of the library, whose own class for headers decodes every line into objects. */
class ReceivedMessage implements RawMessage {
  readonly #message: Msg

  constructor(message: Msg) {
    this.#message = message
  }

  get subject(): string {
    return this.#message.subject
  }

  get reply(): string {
    return this.#message.reply ?? ''
  }

  get header(): string {
    const { _msg, _rdata } = this.#message as unknown as {
      _msg: { hdr: number }
      _rdata: Uint8Array | undefined
    }
    if (_msg.hdr <= 0 || _rdata === undefined) return ''
    return Buffer.from(_rdata.buffer, _rdata.byteOffset, _rdata.length).toString('latin1', 0, _msg.hdr)
  }

  get payload(): Uint8Array {
    return this.#message.data
  }
}

/** The library asks its header object only for the encoded block. */
function encodedHeaders(header: Uint8Array | undefined): MsgHdrs | undefined {
  return header && ({ encode: () => header } as unknown as MsgHdrs)
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
