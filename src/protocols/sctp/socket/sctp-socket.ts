import { EventEmitter } from 'node:events'
import { linux } from '../notifications/linux.js'
import type { Address } from './address.js'
import { closedError } from './error.js'
import { everyEvent, type LinuxEventName } from './event-option.js'
import type { OptionInput, OptionName, OptionValue } from './options.js'
import { AF_INET, AF_INET6, RawSocket, SOCK_SEQPACKET, SOCK_STREAM } from './raw-socket.js'
import { type Received, Receiver, type SctpMessage, type SctpNotice } from './receiver.js'
import { Sender, type SendOptions } from './sender.js'

export interface SctpSocketOptions {
  /** Default `ipv6`, which also supports IPv4 addresses. */
  family?: 'ipv4' | 'ipv6'
  /** `oneToMany` (default) has one socket for many associations, `oneToOne` one for each, with listen and accept. */
  style?: 'oneToMany' | 'oneToOne'
  /** Notifications to subscribe to when the socket is opened. Default: all except the older SCTP_SEND_FAILED. */
  events?: readonly LinuxEventName[]
  /** Longer messages are delivered in parts; bytes. Default 1 MiB. */
  maxMessage?: number
}

interface SocketEvents {
  message: [SctpMessage]
  notification: [SctpNotice]
  error: [Error]
  end: []
  close: []
  newListener: [event: string | symbol, listener: unknown]
}

const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024
/** Reads in a row before other callbacks of the event loop run. */
const MAX_READS_IN_A_ROW = 64
const SHUT_WR = 1

/**
 * An SCTP socket. Read from it with `recvv`, with `for await`, or with listeners for `message` and `notification`.
 * Nothing is read ahead, so that the kernel slows down a peer that sends faster. Failed system calls throw or reject
 * with SctpSocketError.
 *
 * @example
 * const socket = new SctpSocket()
 * socket.bind(['::', 3868])
 * socket.listen()
 * for await (const received of socket) console.log(received.kind, received.data.length)
 */
export class SctpSocket extends EventEmitter<SocketEvents> implements AsyncIterable<Received> {
  readonly style: 'oneToMany' | 'oneToOne'
  readonly #options: SctpSocketOptions
  readonly #socket: RawSocket
  readonly #receiver: Receiver
  readonly #sender: Sender
  #connecting: Promise<unknown> | undefined
  #ended = false
  #flowing = false
  #reads = 0

  constructor(options: SctpSocketOptions = {}, fd?: number) {
    super()
    const { family = 'ipv6', style = 'oneToMany', maxMessage = DEFAULT_MAX_MESSAGE_BYTES } = options
    check('family', family, ['ipv4', 'ipv6'])
    check('style', style, ['oneToMany', 'oneToOne'])
    if (!(maxMessage > 0)) throw new RangeError('maxMessage must be a number of bytes greater than 0')
    const [domain, type] = [
      family === 'ipv4' ? AF_INET : AF_INET6,
      style === 'oneToOne' ? SOCK_STREAM : SOCK_SEQPACKET,
    ]
    this.style = style
    this.#options = options
    this.#socket = new RawSocket(fd ?? RawSocket.open(domain, type))
    this.#receiver = new Receiver(this.#socket, maxMessage)
    this.#sender = new Sender(this.#socket)
    this.on('newListener', (event) => {
      if (event === 'message' || event === 'notification') this.#flow()
    })
    this.#orClose(() => this.#setUp(options.events, fd !== undefined))
  }

  /** -1 once it is closed. */
  get fd(): number {
    return this.#socket.fd
  }

  get closed(): boolean {
    return this.#socket.closed
  }

  /** Number of messages whose rest never arrived, since the peer abandoned them or their association ended. */
  get abandonedMessages(): number {
    return this.#receiver.abandoned
  }

  /** Subscribes to notifications, or unsubscribes: for one association, or (0) for future ones and the socket itself. */
  subscribe(events: readonly LinuxEventName[], { on = true, association = 0 } = {}): void {
    for (const name of events) {
      this.setOption('SCTP_EVENT', { se_assoc_id: association, se_type: linux[name], se_on: on ? 1 : 0 })
    }
  }

  bind(address: Address): void {
    this.#socket.bind(address)
  }

  /** Adds or removes addresses, even of a bound socket (with ASCONF, if the peers support it). */
  bindx(addresses: readonly Address[], { remove = false } = {}): void {
    this.#socket.bindx(addresses, remove)
  }

  listen(backlog = 128): void {
    this.#socket.listen(backlog)
  }

  /** Waits for the next connection of a listening one-to-one socket. */
  async accept(): Promise<SctpSocket> {
    for (;;) {
      if (this.closed) throw closedError('accept')
      const fd = this.#socket.accept()
      if (fd !== undefined) return new SctpSocket(this.#options, fd)
      await this.#socket.readable()
    }
  }

  connect(address: Address): Promise<number> {
    return this.connectx([address])
  }

  /**
   * Connects to a peer with these addresses, and resolves to the id of the association. A one-to-one socket is then
   * connected. On a one-to-many socket, the notification SCTP_COMM_UP or SCTP_CANT_STR_ASSOC reports the outcome.
   */
  connectx(addresses: readonly Address[]): Promise<number> {
    const connected = this.#connect(addresses)
    const settled = connected.then(
      () => this.#connected(),
      () => this.#connected(),
    )
    this.#connecting = settled
    return connected
  }

  /** Resolves when the kernel has accepted the message. Wait for it before the next message, to apply backpressure. */
  sendv(data: Uint8Array, options: SendOptions = {}): Promise<void> {
    if (this.closed) return Promise.reject(closedError('sendmsg'))
    return this.#sender.send(data, options)
  }

  /** Waits for the next message or notification; undefined after the last one of a one-to-one socket. */
  recvv(): Promise<Received | undefined> {
    try {
      const received = this.#connecting === undefined ? this.#take() : 'again'
      return received === 'again' ? this.#takeLater() : Promise.resolve(received)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Received, undefined, undefined> {
    // Written without a generator, which would create three promises per message.
    const ended = { value: undefined, done: true } as const
    const resultOf = (value: Received | undefined) => (value === undefined ? ended : { value })
    return {
      next: () => {
        if (this.closed) return Promise.resolve(ended)
        return this.recvv().then(resultOf, (error) => resultOf(this.#unlessClosed(error)))
      },
    }
  }

  /** Moves an association of a one-to-many socket, with its unread messages, to a socket of its own. */
  peeloff(association: number): SctpSocket {
    return new SctpSocket(this.#options, this.#socket.peeloff(association))
  }

  /** `about` selects an association or address: `{ sstat_assoc_id: 3 }`. */
  getOption<N extends OptionName>(name: N, about: OptionInput<N> = {} as OptionInput<N>): OptionValue<N> {
    return this.#socket.getOption(name, about)
  }

  setOption<N extends OptionName>(name: N, value: OptionInput<N>): void {
    this.#socket.setOption(name, value)
  }

  localAddresses(association = 0): Address[] {
    return this.#socket.addresses(false, association)
  }

  peerAddresses(association = 0): Address[] {
    return this.#socket.addresses(true, association)
  }

  /** The ids of the associations of a one-to-many socket. */
  associations(): number[] {
    return this.getOption('SCTP_GET_ASSOC_ID_LIST').gaids_assoc_id
  }

  /** Shuts an association down gracefully, after everything sent is delivered. */
  async shutdown(association = 0): Promise<void> {
    if (this.style === 'oneToOne') this.#socket.shutdown(SHUT_WR)
    else await this.sendv(new Uint8Array(), { association, flags: linux.SCTP_EOF })
  }

  /** Aborts an association. A one-to-many socket sends the reason to the peer; a one-to-one socket only closes. */
  async abort(association = 0, reason: Uint8Array = new Uint8Array()): Promise<void> {
    if (this.style === 'oneToMany') return this.sendv(reason, { association, flags: linux.SCTP_ABORT })
    this.setOption('SO_LINGER', { l_onoff: 1, l_linger: 0 })
    this.close()
  }

  /** Lets the socket keep the program running while a call waits; `unref` undoes this. */
  ref(): this {
    this.#socket.keepAlive(true)
    return this
  }

  unref(): this {
    this.#socket.keepAlive(false)
    return this
  }

  /** Closes the socket. The kernel shuts its associations down gracefully; waiting calls reject. */
  close(): void {
    if (this.closed) return
    this.#socket.close()
    this.emit('close')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #setUp(events: readonly LinuxEventName[] = everyEvent, accepted: boolean): void {
    this.setOption('SCTP_RECVRCVINFO', 1)
    // An accepted connection inherits the subscriptions of the listening socket.
    if (!accepted) this.subscribe(events)
  }

  #orClose(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#socket.close()
      throw error
    }
  }

  async #connect(addresses: readonly Address[]): Promise<number> {
    if (this.closed) throw closedError('connect')
    const { association, inProgress } = this.#socket.connectx(addresses)
    if (this.style === 'oneToMany' || !inProgress) return association
    await this.#socket.writable()
    const error = this.#socket.pendingError()
    if (error) throw error
    return association
  }

  /** `'again'` if there is nothing to read at present, or other callbacks must run first. */
  #take(): Received | undefined | 'again' {
    if (this.closed) throw closedError('recvmsg')
    if (this.#reads++ >= MAX_READS_IN_A_ROW) return 'again'
    const received = this.#receiver.next()
    if (received === 'end' || (received === 'again' && this.#ended)) return undefined
    return received === 'again' ? received : this.#observed(received)
  }

  async #takeLater(): Promise<Received | undefined> {
    for (;;) {
      if (this.#connecting !== undefined) await this.#connecting
      else {
        this.#reads = 0
        await this.#socket.readable()
      }
      const received = this.#connecting === undefined ? this.#take() : 'again'
      if (received !== 'again') return received
    }
  }

  #connected(): void {
    this.#connecting = undefined
  }

  /** The side that shuts a connection down reads no end of file; the notification is its last message. */
  #observed(received: Received): Received {
    const note = received.kind === 'notification' ? received.notification : undefined
    if (this.style === 'oneToOne' && note?.sn_type === linux.SCTP_ASSOC_CHANGE) {
      this.#ended = note.sac_state === linux.SCTP_SHUTDOWN_COMP
    }
    return received
  }

  #unlessClosed(error: unknown): undefined {
    if (!this.closed) throw error
    return undefined
  }

  #flow(): void {
    if (this.#flowing) return
    this.#flowing = true
    // The listener is added only after this event, and connect may be called in the same turn.
    queueMicrotask(() => this.#pump())
  }

  async #pump(): Promise<void> {
    for (;;) {
      const received = await this.recvv().catch((error: Error) => error)
      if (this.closed) return
      if (received === undefined) {
        this.emit('end')
        return
      }
      if (received instanceof Error) {
        this.emit('error', received)
        return
      }
      if (received.kind === 'message') this.emit('message', received)
      else this.emit('notification', received)
    }
  }
}

function check(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value))
    throw new TypeError(`${name} must be ${known.join(' or ')}, not ${JSON.stringify(value)}`)
}
