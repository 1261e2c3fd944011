import { constants as os } from 'node:os'
import { linux } from '../linux.js'
import type { Address } from './address.js'
import { SctpSocketError } from './error.js'
import { MessageHeader } from './message-header.js'
import type { RawSocket } from './raw-socket.js'
import { wirePpid } from './receiver.js'

export interface SendOptions {
  /** Where to, if there is no association yet or another path of it is meant (then with SCTP_ADDR_OVER). */
  to?: Address
  /** Which association; a one-to-one socket has one only. */
  association?: number
  stream?: number
  /** The payload protocol identifier as standards write it: 60 for NGAP. */
  ppid?: number
  /** Comes back with SCTP_SEND_FAILED_EVENT. */
  context?: number
  unordered?: boolean
  /** SCTP_UNORDERED, SCTP_SACK_IMMEDIATELY, SCTP_ABORT and so on, of Linux. */
  flags?: number
  /** Partial reliability: given up after so many ms, after so many retransmissions, or for what has a smaller value. */
  giveUp?: { after: 'ttl' | 'retransmissions' | 'priority'; value: number }
  /** Of the key that authenticates it. */
  keyNumber?: number
}

const policies = {
  ttl: linux.SCTP_PR_SCTP_TTL,
  retransmissions: linux.SCTP_PR_SCTP_RTX,
  priority: linux.SCTP_PR_SCTP_PRIO,
}
const MOST_WAITING = 1024

/** sendmsg returns at once, so that all sockets of a thread share one. */
const header = new MessageHeader()

/** Sends in the order asked for, as fast as the kernel takes it. */
export class Sender {
  readonly #socket: RawSocket
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(socket: RawSocket) {
    this.#socket = socket
  }

  /** Settles when the kernel has the message; until then its bytes must stay as they are. */
  send(data: Uint8Array, options: SendOptions): Promise<void> {
    if (this.#waiting >= MOST_WAITING) return Promise.reject(new SctpSocketError('sendmsg', os.errno.ENOBUFS))
    try {
      if (this.#waiting === 0 && this.#try(data, options)) return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
    this.#waiting++
    const sent = this.#last.then(() => this.#insist(data, options)).finally(() => this.#waiting--)
    this.#last = sent.catch(() => {})
    return sent
  }

  async #insist(data: Uint8Array, options: SendOptions): Promise<void> {
    while (!this.#try(data, options)) await this.#socket.writable()
  }

  /** False if there is no room. */
  #try(data: Uint8Array, options: SendOptions): boolean {
    writeHeader(options)
    const result = this.#socket.sendmsg(data, header)
    if (result >= 0) return true
    if (result === -os.errno.EAGAIN) return false
    throw new SctpSocketError('sendmsg', -result)
  }
}

function writeHeader(options: SendOptions): void {
  header.clear()
  if (options.to) header.setAddress(options.to)
  header.addSendInfo({
    snd_sid: options.stream ?? 0,
    snd_flags: (options.flags ?? 0) | (options.unordered ? linux.SCTP_UNORDERED : 0),
    snd_ppid: options.ppid === undefined ? 0 : wirePpid(options.ppid),
    snd_context: options.context ?? 0,
    snd_assoc_id: options.association ?? 0,
  })
  if (options.giveUp) header.addPartialReliability(policies[options.giveUp.after], options.giveUp.value)
  if (options.keyNumber !== undefined) header.addKeyNumber(options.keyNumber)
}
