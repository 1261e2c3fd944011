import { linux } from '../notifications/linux.js'
import { type Address, LITTLE, packAddress, unpackAddress } from './address.js'

/** The layout of `struct header` in native/sctp/messages.c. */
const FLAGS = 0
const ADDRESS_BYTES = 4
const CONTROL_BYTES = 8
const ADDRESS = 16
const CONTROL = 144
const HEADER_BYTES = 400

/** struct cmsghdr on 64-bit systems. */
const CMSG_HEADER = 16
const align = (bytes: number) => (bytes + 7) & ~7

export interface ReceiveInfo {
  rcv_sid: number
  rcv_ssn: number
  rcv_flags: number
  /** In network byte order, as on the wire. */
  rcv_ppid: number
  rcv_tsn: number
  rcv_cumtsn: number
  rcv_context: number
  rcv_assoc_id: number
}

export interface NextInfo {
  nxt_sid: number
  nxt_flags: number
  nxt_ppid: number
  nxt_length: number
  nxt_assoc_id: number
}

export interface SendInfo {
  snd_sid: number
  snd_flags: number
  /** In network byte order, as on the wire. */
  snd_ppid: number
  snd_context: number
  snd_assoc_id: number
}

/** Address, flags and control messages of recvmsg and sendmsg, in memory shared with the addon. */
export class MessageHeader {
  readonly bytes = new Uint8Array(new ArrayBuffer(HEADER_BYTES))
  readonly #view = new DataView(this.bytes.buffer)
  #lastBytes = new Uint8Array()
  #lastAddress: Address | undefined

  get flags(): number {
    return this.#view.getInt32(FLAGS, LITTLE)
  }

  get address(): Address | undefined {
    const bytes = this.#view.getInt32(ADDRESS_BYTES, LITTLE)
    return bytes === 0 ? undefined : (this.#known(bytes).slice() as Address)
  }

  get receiveInfo(): ReceiveInfo | undefined {
    const at = this.#find(linux.SCTP_RCVINFO, 28)
    if (at === undefined) return undefined
    const view = this.#view
    return {
      rcv_sid: view.getUint16(at, LITTLE),
      rcv_ssn: view.getUint16(at + 2, LITTLE),
      rcv_flags: view.getUint16(at + 4, LITTLE),
      rcv_ppid: view.getUint32(at + 8, LITTLE),
      rcv_tsn: view.getUint32(at + 12, LITTLE),
      rcv_cumtsn: view.getUint32(at + 16, LITTLE),
      rcv_context: view.getUint32(at + 20, LITTLE),
      rcv_assoc_id: view.getInt32(at + 24, LITTLE),
    }
  }

  get nextInfo(): NextInfo | undefined {
    const at = this.#find(linux.SCTP_NXTINFO, 16)
    if (at === undefined) return undefined
    const view = this.#view
    return {
      nxt_sid: view.getUint16(at, LITTLE),
      nxt_flags: view.getUint16(at + 2, LITTLE),
      nxt_ppid: view.getUint32(at + 4, LITTLE),
      nxt_length: view.getUint32(at + 8, LITTLE),
      nxt_assoc_id: view.getInt32(at + 12, LITTLE),
    }
  }

  clear(): void {
    this.#view.setInt32(FLAGS, 0, LITTLE)
    this.#view.setInt32(ADDRESS_BYTES, 0, LITTLE)
    this.#view.setInt32(CONTROL_BYTES, 0, LITTLE)
  }

  setAddress(address: Address): void {
    const packed = packAddress(address)
    this.bytes.set(packed, ADDRESS)
    this.#view.setInt32(ADDRESS_BYTES, packed.length, LITTLE)
  }

  addSendInfo(info: SendInfo): void {
    const at = this.#add(linux.SCTP_SNDINFO, 16)
    this.#view.setUint16(at, u16('the stream', info.snd_sid), LITTLE)
    this.#view.setUint16(at + 2, u16('flags', info.snd_flags), LITTLE)
    this.#view.setUint32(at + 4, u32('the protocol identifier', info.snd_ppid), LITTLE)
    this.#view.setUint32(at + 8, u32('the context', info.snd_context), LITTLE)
    this.#view.setInt32(at + 12, i32('the association', info.snd_assoc_id), LITTLE)
  }

  addPartialReliability(policy: number, value: number): void {
    const at = this.#add(linux.SCTP_PRINFO, 8)
    this.#view.setUint16(at, policy, LITTLE)
    this.#view.setUint32(at + 4, u32('the value of giveUp', value), LITTLE)
  }

  addKeyNumber(keyNumber: number): void {
    this.#view.setUint16(this.#add(linux.SCTP_AUTHINFO, 2), u16('the key number', keyNumber), LITTLE)
  }

  /** Caches the last address, since most messages have the same one as the previous message. */
  #known(bytes: number): Address {
    const here = this.bytes.subarray(ADDRESS, ADDRESS + bytes)
    if (this.#lastAddress === undefined || Buffer.compare(here, this.#lastBytes) !== 0) {
      this.#lastBytes = here.slice()
      this.#lastAddress = unpackAddress(this.#view, ADDRESS)
    }
    return this.#lastAddress
  }

  #add(type: number, bytes: number): number {
    const used = this.#view.getInt32(CONTROL_BYTES, LITTLE)
    const at = CONTROL + used
    this.#view.setUint32(LITTLE ? at : at + 4, CMSG_HEADER + bytes, LITTLE)
    this.#view.setUint32(LITTLE ? at + 4 : at, 0, LITTLE)
    this.#view.setInt32(at + 8, linux.IPPROTO_SCTP, LITTLE)
    this.#view.setInt32(at + 12, type, LITTLE)
    this.#view.setInt32(CONTROL_BYTES, used + CMSG_HEADER + align(bytes), LITTLE)
    return at + CMSG_HEADER
  }

  #find(type: number, bytes: number): number | undefined {
    const view = this.#view
    const end = CONTROL + view.getInt32(CONTROL_BYTES, LITTLE)
    for (let at = CONTROL; at + CMSG_HEADER <= end; ) {
      // The upper half of the length is 0, since nothing longer fits into the control buffer.
      const length = view.getUint32(LITTLE ? at : at + 4, LITTLE)
      if (length < CMSG_HEADER || at + length > end) return undefined
      const ours = view.getInt32(at + 8, LITTLE) === linux.IPPROTO_SCTP
      if (ours && view.getInt32(at + 12, LITTLE) === type && length >= CMSG_HEADER + bytes)
        return at + CMSG_HEADER
      at += align(length)
    }
    return undefined
  }
}

// A DataView would accept any number and truncate it.
const u16 = (name: string, value: number) => ((value & 0xffff) === value ? value : refuse(name, value))
const u32 = (name: string, value: number) => (value >>> 0 === value ? value : refuse(name, value))
const i32 = (name: string, value: number) => ((value | 0) === value ? value : refuse(name, value))

function refuse(name: string, value: number): never {
  throw new RangeError(`${value} is not allowed for ${name}`)
}
