import { constants as os } from 'node:os'
import { linux } from '../notifications/linux.js'
import { SOCKADDR_BYTES, AF_INET6 as socketFamilies } from '../notifications/socket-address.js'
import { addon, type Descriptor, READABLE, WRITABLE } from './addon.js'
import { type Address, packAddress, packAddresses, unpackAddress, unpackAddresses } from './address.js'
import { checked, closedError, SctpSocketError } from './error.js'
import type { MessageHeader } from './message-header.js'
import {
  layoutOf,
  type OptionInput,
  type OptionName,
  type OptionValue,
  packOption,
  unpackOption,
} from './options.js'

export { AF_INET } from '../notifications/socket-address.js'
export const AF_INET6 = socketFamilies.linux
export const SOCK_STREAM = 1
export const SOCK_SEQPACKET = 5

const MAX_LOCAL_ADDRESSES_BYTES = 8192
/** SCTP_SOCKOPT_PEELOFF_FLAGS of Linux, with which the new socket is closed when another program is executed. */
const PEELOFF_FLAGS = 122
const SOCK_NONBLOCK_CLOEXEC = 0o2004000

interface PollWaiter {
  resolve(): void
  reject(error: Error): void
}

/** The system calls, and promises that resolve when a call can make progress. It does not read by itself. */
export class RawSocket {
  readonly #descriptor: Descriptor
  #events = 0
  #alive = true
  #closed = false
  #waiters: { [READABLE]: PollWaiter[]; [WRITABLE]: PollWaiter[] } = { [READABLE]: [], [WRITABLE]: [] }

  /** Takes ownership of a file descriptor. */
  constructor(fd: number) {
    this.#descriptor = new (addon().Descriptor)(fd, (status, events) => this.#ready(status, events))
  }

  static open(family: number, type: number): number {
    return checked('socket', addon().socket(family, type, linux.IPPROTO_SCTP))
  }

  get fd(): number {
    return this.#descriptor.fd
  }

  get closed(): boolean {
    return this.#closed
  }

  bind(address: Address): void {
    checked('bind', this.#descriptor.bind(packAddress(address)))
  }

  bindx(addresses: readonly Address[], remove: boolean): void {
    const option = remove ? linux.SCTP_SOCKOPT_BINDX_REM : linux.SCTP_SOCKOPT_BINDX_ADD
    checked('bindx', this.#descriptor.setsockopt(linux.IPPROTO_SCTP, option, packAddresses(addresses)))
  }

  listen(backlog: number): void {
    checked('listen', this.#descriptor.listen(backlog))
  }

  /** The file descriptor of the next connection; undefined if none waits. */
  accept(): number | undefined {
    const fd = this.#descriptor.accept()
    return fd === -os.errno.EAGAIN ? undefined : checked('accept', fd)
  }

  /** The id of the association, which may still be in progress. */
  connectx(addresses: readonly Address[]): { association: number; inProgress: boolean } {
    const id = new Uint8Array(4)
    const result = this.#descriptor.connectx(packAddresses(addresses), id)
    const inProgress = result === -os.errno.EINPROGRESS
    if (!inProgress) checked('connect', result)
    return { association: new Int32Array(id.buffer)[0], inProgress }
  }

  peeloff(association: number): number {
    const value = new Int32Array([association, 0, SOCK_NONBLOCK_CLOEXEC])
    checked('peeloff', this.#get(linux.IPPROTO_SCTP, PEELOFF_FLAGS, new Uint8Array(value.buffer)))
    return value[1]
  }

  getOption<N extends OptionName>(name: N, about: OptionInput<N>): OptionValue<N> {
    const { level, option } = layoutOf(name)
    const value = packOption(name, about, true)
    const length = checked(`getsockopt ${name}`, this.#get(level, option, value))
    return unpackOption(name, value.subarray(0, length))
  }

  setOption<N extends OptionName>(name: N, value: OptionInput<N>): void {
    const { level, option } = layoutOf(name)
    const packed = packOption(name, value)
    checked(`setsockopt ${name}`, this.#descriptor.setsockopt(level, option, packed))
  }

  getsockopt(level: number, option: number, size: number): Uint8Array {
    const value = new Uint8Array(size)
    return value.subarray(0, checked('getsockopt', this.#get(level, option, value)))
  }

  setsockopt(level: number, option: number, value: Uint8Array): void {
    checked('setsockopt', this.#descriptor.setsockopt(level, option, value))
  }

  /** The pending error of the socket (SO_ERROR), which this call clears. */
  pendingError(): SctpSocketError | undefined {
    const [errno] = new Int32Array(this.getsockopt(SOL_SOCKET, SO_ERROR, 4).buffer)
    return errno === 0 ? undefined : new SctpSocketError('connect', errno)
  }

  localAddress(): Address {
    const address = new Uint8Array(SOCKADDR_BYTES)
    checked('getsockname', this.#descriptor.sockname(false, address))
    return unpackAddress(new DataView(address.buffer))
  }

  /** sctp_getladdrs and sctp_getpaddrs */
  addresses(peer: boolean, association: number): Address[] {
    const value = new Uint8Array(MAX_LOCAL_ADDRESSES_BYTES)
    const head = new Int32Array(value.buffer, 0, 2)
    head[0] = association
    const option = peer ? linux.SCTP_GET_PEER_ADDRS : linux.SCTP_GET_LOCAL_ADDRS
    checked(peer ? 'getpaddrs' : 'getladdrs', this.#get(linux.IPPROTO_SCTP, option, value))
    // The returned length is not used, since for local addresses it excludes the two numbers before them.
    return unpackAddresses(new DataView(value.buffer), 8, head[1])
  }

  /** The number of received bytes, or a negative errno. */
  recvmsg(data: Uint8Array, header: MessageHeader): number {
    return this.#descriptor.recvmsg(data, header.bytes)
  }

  sendmsg(data: Uint8Array, header: MessageHeader): number {
    return this.#descriptor.sendmsg(data, header.bytes)
  }

  shutdown(how: number): void {
    checked('shutdown', this.#descriptor.shutdown(how))
  }

  /** Resolves when there is something to read, or an error. */
  readable(): Promise<void> {
    return this.#wait(READABLE)
  }

  /** Resolves when there is room to send, or an error. */
  writable(): Promise<void> {
    return this.#wait(WRITABLE)
  }

  keepAlive(yes: boolean): void {
    this.#alive = yes
    this.#descriptor.keepAlive(yes)
  }

  close(): void {
    this.#closed = true
    this.#descriptor.close()
    this.#events = 0
    const waiters = [...this.#waiters[READABLE].splice(0), ...this.#waiters[WRITABLE].splice(0)]
    for (const waiter of waiters) waiter.reject(closedError('wait'))
  }

  #get(level: number, option: number, value: Uint8Array): number {
    return this.#descriptor.getsockopt(level, option, value)
  }

  #wait(event: typeof READABLE | typeof WRITABLE): Promise<void> {
    if (this.closed) return Promise.reject(closedError('wait'))
    return new Promise((resolve, reject) => {
      this.#waiters[event].push({ resolve, reject })
      this.#watch(this.#events | event)
    })
  }

  /** libuv reports an error as a status and stops polling; waiting callers find the error with their next system call. */
  #ready(status: number, events: number): void {
    if (status < 0) this.#events = 0
    const ready = status < 0 ? READABLE | WRITABLE : events
    // A caller that continues to read waits again at once, so polling ends only when the next event finds no waiter.
    let wanted = this.#events
    for (const event of [READABLE, WRITABLE] as const) {
      if ((ready & event) === 0) continue
      const waiters = this.#waiters[event].splice(0)
      if (waiters.length === 0) wanted &= ~event
      for (const waiter of waiters) waiter.resolve()
    }
    this.#watch(wanted)
  }

  #watch(events: number): void {
    if (this.closed || events === this.#events) return
    checked('poll', this.#descriptor.poll(events))
    this.#events = events
    if (!this.#alive) this.#descriptor.keepAlive(false)
  }
}

const SOL_SOCKET = 1
const SO_ERROR = 4
