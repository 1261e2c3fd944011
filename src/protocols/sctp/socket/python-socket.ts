import { constants as os } from 'node:os'
import { linux } from '../notifications/linux.js'
import type { Address } from './address.js'
import { closedError, SctpSocketError } from './error.js'
import { isEventOption, SctpEvent } from './event-option.js'
import { MessageHeader, type NextInfo, type ReceiveInfo, type SendInfo } from './message-header.js'
import { packOption } from './options.js'
import { AF_INET, AF_INET6, RawSocket, SOCK_SEQPACKET, SOCK_STREAM } from './raw-socket.js'

export interface ReceiveAndNextInfo {
  recvv_rcvinfo: ReceiveInfo
  recvv_nxtinfo: NextInfo
}

/** The result of one recvmsg. Without MSG_EOR in `flags` it is part of a message; MSG_NOTIFICATION marks a notification. */
export type SctpRecvv = [
  data: Uint8Array,
  address: Address | undefined,
  info: ReceiveInfo | NextInfo | ReceiveAndNextInfo | undefined,
  infotype: number,
  flags: number,
]

const MAX_BUFFER_BYTES = 64 * 1024 * 1024

/**
 * A socket with the calls of RFC 6458 as in C and Python, except that calls that wait return a promise.
 *
 * @example
 * const socket = sctpSocket(AF_INET6, SOCK_SEQPACKET)
 * socket.bind(['::', 3868])
 * socket.listen()
 * const [data, from] = await socket.sctpRecvv(65_536)
 */
export class PythonSocket {
  readonly #socket: RawSocket
  readonly #header = new MessageHeader()

  constructor(fd: number) {
    this.#socket = new RawSocket(fd)
  }

  get fd(): number {
    return this.#socket.fd
  }

  /** The option SCTP_EVENT requires an `SctpEvent`, all others a number or the bytes of their struct. */
  setsockopt(level: number, option: number, value: SctpEvent | number | Uint8Array): void {
    this.#socket.setsockopt(level, option, optionBytes(level, option, value))
  }

  getsockopt(level: number, option: number, size = 4): Uint8Array {
    return this.#socket.getsockopt(level, option, size)
  }

  bind(address: Address): void {
    this.#socket.bind(address)
  }

  listen(backlog = 128): void {
    this.#socket.listen(backlog)
  }

  getsockname(): Address {
    return this.#socket.localAddress()
  }

  async accept(): Promise<[socket: PythonSocket, address: Address]> {
    for (;;) {
      if (this.#socket.closed) throw closedError('accept')
      const fd = this.#socket.accept()
      if (fd === undefined) await this.#socket.readable()
      else {
        const socket = new PythonSocket(fd)
        const address = socket.#peer()
        if (address) return [socket, address]
        socket.close()
      }
    }
  }

  /** Returns the id of the association, which may still be in progress, even for a SOCK_STREAM socket. */
  connect(address: Address): number {
    return this.#socket.connectx([address]).association
  }

  async sctpRecvv(size: number): Promise<SctpRecvv> {
    if (!Number.isInteger(size) || size < 1 || size > MAX_BUFFER_BYTES)
      throw new RangeError(`${size} is not a valid buffer size`)
    const data = new Uint8Array(size)
    for (;;) {
      if (this.#socket.closed) throw closedError('recvmsg')
      const count = this.#socket.recvmsg(data, this.#header)
      if (count >= 0)
        return [data.subarray(0, count), this.#header.address, ...this.#info(), this.#header.flags]
      if (count !== -os.errno.EAGAIN) throw new SctpSocketError('recvmsg', -count)
      await this.#socket.readable()
    }
  }

  async sctpSendv(data: Uint8Array, to?: Address, info: Partial<SendInfo> = {}): Promise<number> {
    for (;;) {
      if (this.#socket.closed) throw closedError('sendmsg')
      this.#header.clear()
      if (to) this.#header.setAddress(to)
      this.#header.addSendInfo({
        snd_sid: 0,
        snd_flags: 0,
        snd_ppid: 0,
        snd_context: 0,
        snd_assoc_id: 0,
        ...info,
      })
      const count = this.#socket.sendmsg(data, this.#header)
      if (count >= 0) return count
      if (count !== -os.errno.EAGAIN) throw new SctpSocketError('sendmsg', -count)
      await this.#socket.writable()
    }
  }

  close(): void {
    this.#socket.close()
  }

  /** Undefined if the peer has disconnected already. */
  #peer(): Address | undefined {
    try {
      return this.#socket.addresses(true, 0)[0]
    } catch (error) {
      if (error instanceof SctpSocketError) return undefined
      throw error
    }
  }

  #info(): [info: SctpRecvv[2], infotype: number] {
    const { receiveInfo, nextInfo } = this.#header
    if (receiveInfo && nextInfo) {
      return [{ recvv_rcvinfo: receiveInfo, recvv_nxtinfo: nextInfo }, linux.SCTP_RECVV_RN]
    }
    if (receiveInfo) return [receiveInfo, linux.SCTP_RECVV_RCVINFO]
    return nextInfo ? [nextInfo, linux.SCTP_RECVV_NXTINFO] : [undefined, linux.SCTP_RECVV_NOINFO]
  }
}

/**
 * Opens a socket. Throws TypeError, or SctpSocketError if the system cannot open it.
 *
 * @example
 * const socket = sctpSocket(AF_INET6, SOCK_SEQPACKET)
 */
export function sctpSocket(family: number, type: number): PythonSocket {
  if (family !== AF_INET && family !== AF_INET6) throw new TypeError('family must be AF_INET or AF_INET6')
  if (type !== SOCK_STREAM && type !== SOCK_SEQPACKET)
    throw new TypeError('type must be SOCK_STREAM or SOCK_SEQPACKET')
  return new PythonSocket(RawSocket.open(family, type))
}

function optionBytes(level: number, option: number, value: SctpEvent | number | Uint8Array): Uint8Array {
  if (value instanceof SctpEvent) return packOption('SCTP_EVENT', { ...value })
  if (isEventOption(level, option)) throw new TypeError('the option SCTP_EVENT requires an SctpEvent')
  if (typeof value !== 'number') return value
  if ((value | 0) !== value && value >>> 0 !== value)
    throw new RangeError(`${value} is not a valid value for an option`)
  return new Uint8Array(new Int32Array([value]).buffer)
}
