import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { MsgHdrs, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import { messageOf } from '../../errors/thrown.js'
import type { Runtime } from '../../event/runtime.js'
import { MessageReader, type Parser } from './message-reader.js'
import { NatsFault, Refusal } from './nats-fault.js'
import { copyOf, type RawMessage } from './raw-message.js'
import { eachPublication } from './wire.js'

/**
 * A server that stands still with its connections open is left after two to three times this long, and one that takes a
 * connection and says nothing after DIAL_MS: well within the time that publishers wait.
 */
const PING_MS = 2000
const DIAL_MS = 5000

/** The error of a request to servers that have elected no leader. */
const NO_MAJORITY = 'timeout: more than half of the servers of the cluster must run and reach each other'

export type LinkOptions = Omit<NodeConnectionOptions, 'headers'> & { runtime: Runtime }

/** A connection to a NATS cluster, which is made again whenever it is lost. */
export interface NatsLink {
  readonly runtime: Runtime
  /** Version of the server, such as 2.9.10. */
  readonly version: string
  /** True if the server belongs to a cluster. */
  readonly isClustered: boolean
  /** Address of the server. */
  readonly server: string
  /** Addresses of other servers that this one names. */
  readonly others: readonly string[]
  /** Largest message with its header, bytes. While there is no connection, that of the last one. */
  readonly maxPayload: number
  readonly isClosed: boolean
  /** True if there is a connection now; true if the library does not tell. */
  readonly isConnected: boolean
  /** When the certificate of the server expires, µs; undefined without TLS. */
  readonly certificateEnds?: number
  /** A subject that nobody else has. */
  inbox(): string
  publish(subject: string, payload: Uint8Array, reply?: string, header?: Uint8Array): void
  /** Publishes messages in the form of the protocol, in one write. The bytes must stay as they are. */
  publishWire(wire: Uint8Array): void
  /** Calls the listener with each message, in the turn in which it is received. Returns a function that ends it. */
  subscribe(subject: string, listener: (message: RawMessage) => void): () => void
  /** Resolves with the answer. Rejects with a NatsFault if nobody listens, or nobody answers in time. */
  request(subject: string, payload: Uint8Array, ms: number, header?: Uint8Array): Promise<RawMessage>
  /** Resolves when the server has taken everything published before. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** The connection that the library of NATS makes. */
class LibraryLink implements NatsLink {
  readonly runtime: Runtime
  readonly #connection: NatsConnection
  readonly #writer: Writer | undefined
  readonly #reader: MessageReader | undefined
  #inboxes = 0
  #maxPayload = 0
  /** Why the last attempt to connect again has failed. */
  #obstacle: unknown

  private constructor(connection: NatsConnection, runtime: Runtime) {
    this.#connection = connection
    this.#writer = writerOf(connection)
    this.#reader = readerOf(connection)
    this.runtime = runtime
    this.#maxPayload = this.maxPayload
    keepErrors(protocolOf(connection))
    void this.#followObstacles()
  }

  /** The library is loaded by the first call. */
  static async open({ runtime, ...options }: LinkOptions): Promise<LibraryLink> {
    const { connect } = await import('@nats-io/transport-node')
    const connection = await connect({
      name: 'tocsin',
      maxReconnectAttempts: -1,
      // A server that is restarted with another password is asked again too.
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 250,
      timeout: DIAL_MS,
      pingInterval: PING_MS,
      ...options,
    }).catch((thrown) => {
      throw new NatsFault('unreachable', reasonOf(thrown), { cause: thrown })
    })
    return new LibraryLink(connection, runtime)
  }

  get version(): string {
    return this.#connection.info?.version ?? ''
  }

  get isClustered(): boolean {
    return this.#connection.info?.cluster !== undefined
  }

  get server(): string {
    return this.#connection.getServer()
  }

  get others(): readonly string[] {
    return this.#connection.info?.connect_urls ?? []
  }

  get maxPayload(): number {
    this.#maxPayload = this.#connection.info?.max_payload ?? this.#maxPayload
    return this.#maxPayload
  }

  get isClosed(): boolean {
    return this.#connection.isClosed()
  }

  get isConnected(): boolean {
    return protocolOf(this.#connection).connected !== false
  }

  get certificateEnds(): number | undefined {
    const { transport } = protocolOf(this.#connection)
    const text = transport?.socket?.getPeerCertificate?.().valid_to
    return text === undefined ? undefined : Date.parse(text) * 1000
  }

  inbox(): string {
    const random = Buffer.from(this.runtime.random(12)).toString('hex')
    return `_INBOX.${random}.${++this.#inboxes}`
  }

  publish(subject: string, payload: Uint8Array, reply = '', header?: Uint8Array): void {
    if (this.isClosed) return
    this.#connection.publish(subject, payload, { reply, headers: encodedHeaders(header) })
  }

  /** The library takes longer for each message than the encoding does. */
  publishWire(wire: Uint8Array): void {
    if (this.isClosed) return
    if (this.#writer !== undefined) this.#writer.sendCommand(wire)
    else
      eachPublication(wire, ({ subject, payload, reply, header }) =>
        this.publish(subject, payload, reply, header),
      )
  }

  subscribe(subject: string, listener: (message: RawMessage) => void): () => void {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) listener(copyOf(message))
      },
    })
    const sid = subscription.getID()
    this.#reader?.add(sid, listener)
    return () => {
      this.#reader?.remove(sid)
      if (!this.isClosed) subscription.unsubscribe()
    }
  }

  async request(subject: string, payload: Uint8Array, ms: number, header?: Uint8Array): Promise<RawMessage> {
    if (this.isClosed) throw new NatsFault('unreachable', 'the connection is closed')
    try {
      const options = { timeout: ms, headers: encodedHeaders(header) }
      return copyOf(await this.#connection.request(subject, payload, options))
    } catch (thrown) {
      throw this.#faultOf(thrown, subject)
    }
  }

  async flush(): Promise<void> {
    await this.#connection.flush()
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }

  /** The library keeps the reason why it could not connect again for itself, and tells only what the server has said. */
  async #followObstacles(): Promise<void> {
    const protocol = protocolOf(this.#connection)
    const dial = protocol.dial?.bind(protocol)
    if (dial !== undefined)
      protocol.dial = async (server) => {
        try {
          await dial(server)
          keepErrors(protocol)
        } catch (thrown) {
          this.#obstacle = thrown
          throw thrown
        }
      }
    for await (const status of this.#connection.status()) {
      if (status.type === 'reconnect') this.#obstacle = undefined
      if (status.type === 'error') this.#obstacle = status.error
    }
  }

  /** The library wraps what it throws once more. */
  #faultOf(thrown: unknown, subject: string): NatsFault {
    if (!this.isConnected && this.#obstacle !== undefined)
      return new NatsFault('unreachable', reasonOf(this.#obstacle), { cause: this.#obstacle })
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
    const { name, message } = cause instanceof Error ? cause : { name: '', message: reasonOf(cause) }
    if (name === 'PermissionViolationError') return new NatsFault('refused', message, { cause })
    // Where the server belongs to a cluster, another one may have it.
    const hasNoJetStream = this.#connection.info?.jetstream !== true && !this.isClustered
    if (name === 'NoResponders' && hasNoJetStream)
      return new NatsFault('refused', `${this.server} runs without it`, {
        cause,
        number: Refusal.noJetStream,
      })
    const isLeaderless = name === 'TimeoutError' && this.isClustered && subject.startsWith('$')
    return new NatsFault('unreachable', isLeaderless ? NO_MAJORITY : message, { cause })
  }
}

/** Opens links. Rejects with a NatsFault if no server can be reached. */
export const NatsLink = { open: (options: LinkOptions): Promise<NatsLink> => LibraryLink.open(options) }

/** The part of the library that gathers what is to be sent until the end of the turn. It is not in its interface. */
interface Writer {
  sendCommand(bytes: Uint8Array): void
}

/** Parts of the library that are not in its interface, any of which may be missing. */
interface Protocol {
  connected?: boolean
  transport?: { socket?: Socket & Partial<Pick<TLSSocket, 'getPeerCertificate'>> }
  dial?(server: unknown): Promise<void>
}

function protocolOf(connection: NatsConnection): Protocol {
  return (connection as unknown as { protocol?: Protocol }).protocol ?? {}
}

/** The library removes its listeners from a socket whose last write has failed, before the socket says so. */
function keepErrors({ transport }: Protocol): void {
  const { socket } = transport ?? {}
  if (socket === undefined) return
  const remove = socket.removeAllListeners.bind(socket)
  socket.removeAllListeners = (...names) => remove(...names).on('error', () => undefined)
}

/** Undefined if the library has no such part any more. Messages are then published one by one. */
function writerOf(connection: NatsConnection): Writer | undefined {
  const { protocol } = connection as unknown as { protocol?: Partial<Writer> }
  return typeof protocol?.sendCommand === 'function' ? (protocol as Writer) : undefined
}

/**
 * Puts a reader before the parser of the library, of which it makes another one for each connection. Undefined if the
 * library has no such part any more, or is within a message. It then reads all messages itself.
 */
function readerOf(connection: NatsConnection): MessageReader | undefined {
  const { protocol } = connection as unknown as {
    protocol?: { parser?: Partial<Parser> & { state?: number } }
  }
  const parser = protocol?.parser
  if (protocol === undefined || typeof parser?.parse !== 'function' || parser.state !== BETWEEN_MESSAGES)
    return undefined
  const reader = new MessageReader(parser as Parser)
  Object.defineProperty(protocol, 'parser', {
    get: () => reader,
    set: (next: Parser) => {
      reader.library = next
    },
  })
  return reader
}

/** The library asks its header object only for the encoded block. */
function encodedHeaders(header: Uint8Array | undefined): MsgHdrs | undefined {
  return header && ({ encode: () => header } as unknown as MsgHdrs)
}

function reasonOf(thrown: unknown): string {
  return messageOf(thrown)
}

const BETWEEN_MESSAGES = 0
