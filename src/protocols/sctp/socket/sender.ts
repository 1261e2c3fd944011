import { constants as os } from 'node:os'
import { linux } from '../notifications/linux.js'
import type { Address } from './address.js'
import { SctpSocketError } from './error.js'
import { MessageHeader } from './message-header.js'
import type { RawSocket } from './raw-socket.js'
import { wirePpid } from './receiver.js'

export interface SendOptions {
  /** Destination, if there is no association yet, or for another path of it (then with SCTP_ADDR_OVER). */
  to?: Address
  /** Id of the association; not needed for a one-to-one socket. */
  association?: number
  stream?: number
  /** Payload protocol identifier as written in standards, such as 60 for NGAP. */
  ppid?: number
  /** Returned in SCTP_SEND_FAILED_EVENT. */
  context?: number
  unordered?: boolean
  /** Flags of Linux, such as SCTP_UNORDERED, SCTP_SACK_IMMEDIATELY or SCTP_ABORT. */
  flags?: number
  /** Partial reliability: abandon the message after `value` ms, after `value` retransmissions, or by priority. */
  giveUp?: { after: 'ttl' | 'retransmissions' | 'priority'; value: number }
  /** Number of the key that authenticates the message. */
  keyNumber?: number
}

const policies = {
  ttl: linux.SCTP_PR_SCTP_TTL,
  retransmissions: linux.SCTP_PR_SCTP_RTX,
  priority: linux.SCTP_PR_SCTP_PRIO,
}
const MAX_WAITING_MESSAGES = 1024

/** sendmsg does not wait, so that all sockets of a thread can share one header. */
const header = new MessageHeader()

/** Sends messages in the order of the calls, as fast as the kernel accepts them. */
export class Sender {
  readonly #socket: RawSocket
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  constructor(socket: RawSocket) {
    this.#socket = socket
  }

  /** Resolves when the kernel has accepted the message. Its bytes must not change before. */
  send(data: Uint8Array, options: SendOptions): Promise<void> {
    if (this.#waiting >= MAX_WAITING_MESSAGES)
      return Promise.reject(new SctpSocketError('sendmsg', os.errno.ENOBUFS))
    try {
      if (this.#waiting === 0 && this.#trySend(data, options)) return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
    this.#waiting++
    const sent = this.#last.then(() => this.#sendWhenPossible(data, options)).finally(() => this.#waiting--)
    this.#last = sent.catch(() => {})
    return sent
  }

  async #sendWhenPossible(data: Uint8Array, options: SendOptions): Promise<void> {
    while (!this.#trySend(data, options)) await this.#socket.writable()
  }

  /** False if the send buffer is full. */
  #trySend(data: Uint8Array, options: SendOptions): boolean {
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
