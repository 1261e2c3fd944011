import { EventEmitter } from 'node:events'
import { linux } from '../linux.js'
import type { Address } from './address.js'
import { closedError } from './error.js'
import type { OptionInput, OptionName, OptionValue } from './options.js'
import { AF_INET, AF_INET6, RawSocket, SOCK_SEQPACKET, SOCK_STREAM } from './raw-socket.js'
import type { Received, SctpMessage, SctpNotice } from './received.js'
import { Receiver } from './receiver.js'
import { Sender, type SendOptions } from './sender.js'
import { everyEvent, type LinuxEventName } from './subscription.js'

export interface SctpSocketOptions {
  /** Default `ipv6`, which takes IPv4 addresses too. */
  family?: 'ipv4' | 'ipv6'
  /** One socket for many associations (the default), or a socket for each, with listen and accept. */
  style?: 'oneToMany' | 'oneToOne'
  /** Notifications asked for, before anything can happen that they tell of. Default: all but the old SCTP_SEND_FAILED. */
  events?: readonly LinuxEventName[]
  /** A longer message comes in parts. Default 1 MiB. */
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

const DEFAULT_MAX_MESSAGE = 1024 * 1024
/** Reads in a row before others get their turn. */
const MOST_AT_A_TIME = 64
const SHUT_WR = 1

/**
 * An SCTP socket. It is read by `recvv`, by `for await`, or by listening for `message` and `notification`;
 * nothing is read ahead, so that the kernel holds back a peer that sends faster.
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
    const { family = 'ipv6', style = 'oneToMany', maxMessage = DEFAULT_MAX_MESSAGE } = options
    check('family', family, ['ipv4', 'ipv6'])
    check('style', style, ['oneToMany', 'oneToOne'])
    if (!(maxMessage > 0)) throw new RangeError('maxMessage is a number of bytes greater than 0')
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

  /** Messages whose rest never came: the peer gave them up, or their association ended. */
  get abandonedMessages(): number {
    return this.#receiver.abandoned
  }

  /** Asks for notifications, or no longer; of one association, or of those to come and the socket itself. */
  subscribe(events: readonly LinuxEventName[], { on = true, association = 0 } = {}): void {
    for (const name of events) {
      this.setOption('SCTP_EVENT', { se_assoc_id: association, se_type: linux[name], se_on: on ? 1 : 0 })
    }
  }

  bind(address: Address): void {
    this.#socket.bind(address)
  }

  /** Adds addresses or removes them, of a bound socket too (ASCONF, if the peers take it). */
  bindx(addresses: readonly Address[], { remove = false } = {}): void {
    this.#socket.bindx(addresses, remove)
  }

  listen(backlog = 128): void {
    this.#socket.listen(backlog)
  }

  /** The next connection of a one-to-one socket that listens. */
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
   * To a peer with these addresses; the id of the association. A one-to-one socket is connected then; of a
   * one-to-many socket, SCTP_COMM_UP or SCTP_CANT_STR_ASSOC tells what became of it.
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

  /** Settles when the kernel has taken the message; wait for it before the next one to feel backpressure. */
  sendv(data: Uint8Array, options: SendOptions = {}): Promise<void> {
    if (this.closed) return Promise.reject(closedError('sendmsg'))
    return this.#sender.send(data, options)
  }

  /** The next message or notification; undefined after the last one of a one-to-one socket. */
  recvv(): Promise<Received | undefined> {
    try {
      const received = this.#connecting ? 'again' : this.#take()
      return received === 'again' ? this.#takeLater() : Promise.resolve(received)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Received, undefined, undefined> {
    // By hand: a generator makes three promises a message.
    const ended = { value: undefined, done: true } as const
    const resultOf = (value: Received | undefined) => (value === undefined ? ended : { value })
    return {
      next: () => {
        if (this.closed) return Promise.resolve(ended)
        return this.recvv().then(resultOf, (error) => resultOf(this.#unlessClosed(error)))
      },
    }
  }

  /** Makes a socket of its own of an association of a one-to-many socket; what is unread of it moves along. */
  peeloff(association: number): SctpSocket {
    return new SctpSocket(this.#options, this.#socket.peeloff(association))
  }

  /** `about` names the association or address that is asked about: `{ sstat_assoc_id: 3 }`. */
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

  /** Ends an association in order: what was sent is delivered first. */
  async shutdown(association = 0): Promise<void> {
    if (this.style === 'oneToOne') this.#socket.shutdown(SHUT_WR)
    else await this.sendv(new Uint8Array(), { association, flags: linux.SCTP_EOF })
  }

  /** Ends an association at once. The reason goes to the peer; that of a one-to-one socket, which closes, does not. */
  async abort(association = 0, reason: Uint8Array = new Uint8Array()): Promise<void> {
    if (this.style === 'oneToMany') return this.sendv(reason, { association, flags: linux.SCTP_ABORT })
    this.setOption('SO_LINGER', { l_onoff: 1, l_linger: 0 })
    this.close()
  }

  /** Whether the socket keeps the program running while something is awaited. */
  ref(): this {
    this.#socket.keepAlive(true)
    return this
  }

  unref(): this {
    this.#socket.keepAlive(false)
    return this
  }

  /** Associations are shut down in order by the kernel; what waits here is rejected. */
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
    // A connection has its subscriptions of the socket that it came from.
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

  /** `'again'` if nothing is there to read, or others have their turn. */
  #take(): Received | undefined | 'again' {
    if (this.closed) throw closedError('recvmsg')
    if (this.#reads++ >= MOST_AT_A_TIME) return 'again'
    const received = this.#receiver.next()
    if (received === 'end' || (received === 'again' && this.#ended)) return undefined
    return received === 'again' ? received : this.#observed(received)
  }

  async #takeLater(): Promise<Received | undefined> {
    for (;;) {
      if (this.#connecting) await this.#connecting
      else {
        this.#reads = 0
        await this.#socket.readable()
      }
      const received = this.#connecting ? 'again' : this.#take()
      if (received !== 'again') return received
    }
  }

  #connected(): void {
    this.#connecting = undefined
  }

  /** The end that shuts a connection down reads no end of file; the notification is the last. */
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
    // The listener that starts it is added after this, and connect may be called with it.
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
    throw new TypeError(`${name} is ${known.join(' or ')}, not ${JSON.stringify(value)}`)
}
