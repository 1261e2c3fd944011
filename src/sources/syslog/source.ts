import { createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type Address, formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { Sender } from '../tcp/sender.js'
import { StreamListener } from '../tcp/stream-listener.js'
import { type ListenedPeer, type SenderConnection, StreamPeer } from '../tcp/stream-peer.js'
import { type Datagram, Datagrams } from '../udp/datagrams.js'
import { senderTest } from '../udp/senders.js'
import { ListenerCertificate } from './certificate.js'
import type { SyslogConfig } from './config.js'
import { SyslogFramer } from './framer.js'
import { LocalDatagrams } from './local-datagrams.js'
import { LONGEST_END, withoutEnd } from './message-end.js'
import { type Arrived, SyslogMessages } from './messages.js'
import { RelpFramer } from './relp/framer.js'
import { RelpSession } from './relp/session.js'

const HANDSHAKE_MS = 10_000
/** Only programs that are configured to use the socket do, as the user or the group of the hub. */
const UNIX_MODE = '0660'
/** Every program may log, as at the `/dev/log` of other daemons. */
const DATAGRAMS_MODE = '0666'

const DRAINED_IN_PART = 'the source was stopped before the hub took all datagrams'
const UNREAD = 'no program read the socket of datagrams'

/** The time in which the datagrams are not read, from the failure of a source to the start of the next one. */
export interface Unread {
  /** µs since the epoch. */
  since?: number
}

interface Open {
  /** Such as `udp 127.0.0.1:514`. */
  where: string
  peers(): number
  close(): Promise<void>
}

/** Receives messages of syslog and publishes them. */
export class SyslogSource implements Source {
  readonly #config: SyslogConfig
  readonly #messages: SyslogMessages
  readonly #accepts: (address: string) => boolean
  readonly #open: Open[] = []
  readonly #unread: Unread
  #certificate: ListenerCertificate | undefined
  #datagrams: LocalDatagrams | undefined
  #context!: SourceContext
  #isDrained = false
  #stopped = false

  constructor(config: SyslogConfig, unread: Unread) {
    this.#config = config
    this.#unread = unread
    this.#messages = new SyslogMessages(config)
    this.#accepts = senderTest(config.from)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#messages.start(context)
    await this.#messages.text.start(context)
    // It has no position, but gaps that could not be published before the last stop.
    await context.load()
    try {
      await this.#openAll()
    } finally {
      if (this.#stopped) await this.#close()
    }
  }

  /** Senders of streams keep what is not read, or know at least that the connection has ended. */
  async drain(): Promise<void> {
    this.#isDrained = true
    if ((await this.#datagrams?.drain()) === false) this.#context.lost(undefined, DRAINED_IN_PART)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#datagrams !== undefined && !this.#isDrained)
      this.#unread.since = this.#datagrams.endedAt ?? this.#context.runtime.now()
    this.#messages.text.stop()
    await this.#close()
  }

  health(): SourceHealth {
    const { malformed } = this.#messages
    const fault = this.#certificate?.fault ?? this.#datagrams?.fault
    return this.#messages.text.addTo({
      state: fault === undefined ? 'up' : 'degraded',
      reason: fault,
      details: {
        listeners: this.#open.map(({ where }) => where),
        senders: this.#open.reduce((sum, { peers }) => sum + peers(), 0),
        malformed,
      },
    })
  }

  async #openAll(): Promise<void> {
    const { udp, tcp, relp, tls, unix, unixMode, datagrams } = this.#config
    if (udp) await this.#opened(`udp ${formatAddress(udp)}`, () => this.#openUdp(udp))
    if (tcp) await this.#opened(`tcp ${formatAddress(tcp)}`, () => this.#listen('tcp', createServer(), tcp))
    if (relp)
      await this.#opened(`relp ${formatAddress(relp)}`, () => this.#listen('relp', createServer(), relp))
    if (tls) await this.#openTls(tls)
    if (unix !== undefined) {
      const mode = Number.parseInt(unixMode ?? UNIX_MODE, 8)
      await this.#opened(`unix ${unix}`, () => this.#listen('unix', createServer(), { path: unix, mode }))
    }
    if (datagrams !== undefined)
      await this.#opened(`datagrams ${datagrams}`, () => this.#openDatagrams(datagrams))
  }

  async #opened(where: string, open: () => Promise<Open>): Promise<void> {
    try {
      this.#open.push(await open())
    } catch (error) {
      throw new Error(`cannot listen at ${where}: ${messageOf(error)}`)
    }
  }

  async #close(): Promise<void> {
    this.#certificate?.close()
    await Promise.all(this.#open.splice(0).map((each) => each.close()))
  }

  async #openUdp(address: NonNullable<SyslogConfig['udp']>): Promise<Open> {
    const { receiveBuffer } = this.#config
    const datagrams = new Datagrams({
      address,
      receiveBuffer,
      runtime: this.#context.runtime,
      receive: (datagram) => this.#receive(datagram),
      accepts: this.#accepts,
      lost: (count, reason) => this.#context.lost(count, reason),
      failed: (error) => this.#context.failed(error),
    })
    await datagrams.listen()
    const where = `udp ${formatAddress({ host: address.host, port: datagrams.port })}`
    return { where, peers: () => 0, close: () => datagrams.close() }
  }

  #receive({ bytes: datagram, peer }: Datagram): boolean {
    const { maxMessage } = this.#config
    const arrived = withoutEnd({ bytes: datagram, length: datagram.length }, maxMessage)
    return this.#messages.publish(arrived, { transport: 'udp', peer })
  }

  async #openDatagrams(path: string): Promise<Open> {
    const { unixMode, maxMessage } = this.#config
    const datagrams = new LocalDatagrams({
      path,
      mode: Number.parseInt(unixMode ?? DATAGRAMS_MODE, 8),
      maxMessage,
      runtime: this.#context.runtime,
      take: (message) => this.#messages.publish(message, { transport: 'unix' }),
      failed: (error, since) => {
        this.#context.lost(undefined, error.message, since)
        this.#context.failed(error)
      },
    })
    await datagrams.listen()
    this.#datagrams = datagrams
    const { since } = this.#unread
    if (since !== undefined) this.#context.lost(undefined, UNREAD, since)
    this.#unread.since = undefined
    return { where: `datagrams ${path}`, peers: () => 0, close: () => datagrams.close() }
  }

  async #openTls({ address, relp, ...files }: NonNullable<SyslogConfig['tls']>): Promise<void> {
    const certificate = new ListenerCertificate(files, this.#context.runtime)
    this.#certificate = certificate
    const open = async (transport: 'tls' | 'relp', where: Address): Promise<Open> => {
      const server = createTlsServer({ ...(await certificate.read()), handshakeTimeout: HANDSHAKE_MS })
      const opened = await this.#listen(transport, server, where, true)
      certificate.follow(server)
      return opened
    }
    if (address) await this.#opened(`tls ${formatAddress(address)}`, () => open('tls', address))
    if (relp) await this.#opened(`relp over tls ${formatAddress(relp)}`, () => open('relp', relp))
  }

  async #listen(
    transport: Sender['transport'],
    server: Server,
    where: Address | { path: string; mode: number },
    isSecure = false,
  ): Promise<Open> {
    const { maxPeers } = this.#config
    const listener = new StreamListener({
      transport,
      isSecure,
      server,
      maxPeers,
      runtime: this.#context.runtime,
      peer: (connection, sender) => this.#peer(connection, sender),
      accepts: this.#accepts,
      refused: (_, reason) => this.#context.lost(undefined, reason),
    })
    await ('path' in where ? listener.listenAt(where.path, where.mode) : listener.listen(where))
    const bound = server.address()
    const at =
      typeof bound === 'object' && bound !== null
        ? formatAddress({ host: 'host' in where ? where.host : bound.address, port: bound.port })
        : bound
    const over = isSecure && transport !== 'tls' ? ' over tls' : ''
    return { where: `${transport}${over} ${at}`, peers: () => listener.peers, close: () => listener.close() }
  }

  #peer(connection: SenderConnection, sender: Sender): ListenedPeer {
    const { maxMessage } = this.#config
    const publish = (message: Arrived) => this.#messages.publish(message, sender)
    if (sender.transport !== 'relp') {
      const over = (reason?: string) => {
        // The sender does not know which of its messages have arrived.
        if (reason !== undefined)
          this.#context.lost(undefined, `${sender.peer ?? sender.transport}: ${reason}`)
        connection.over()
      }
      return new StreamPeer({ ...connection, over }, { framer: new SyslogFramer(maxMessage), take: publish })
    }
    const { socket, refused } = connection
    const settled = () => this.#context.settled()
    const session = new RelpSession({ socket, maxMessage, publish, settled, refused })
    return new StreamPeer(connection, {
      // The end of a message is not a part of it.
      framer: new RelpFramer(maxMessage + LONGEST_END),
      take: (frame) => session.take(frame),
      drained: () => session.acknowledge(),
    })
  }
}
