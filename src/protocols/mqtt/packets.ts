import { ByteQueue } from '../../transport/byte-queue.js'
import type { Units } from '../../transport/units.js'

export interface PacketLimits {
  /** MQTT 5 has properties. */
  readonly hasProperties: boolean
  /** Bytes of the longest packet with a message. */
  readonly longest: number
}

/** Bytes of the longest packet without a message. */
const MAX_OTHER_BYTES = 64 * 1024
/** Bytes of the properties of a message. Each is an object, and may have five bytes. */
const MAX_PROPERTY_BYTES = 16 * 1024
/** MQTT 5.0, section 1.5.5: a number of at most four bytes, with seven bits in each. */
const MAX_NUMBER_BYTES = 4
const CONNACK = 2
const PUBLISH = 3

interface VariableNumber {
  readonly value: number
  /** Where the next byte is. */
  readonly end: number
}

/**
 * The packets of a broker (MQTT 5.0, section 2.1), each of which is given to the library as a whole: it would search
 * all pieces of a packet for each byte of it. The first is the answer to the login.
 */
export class MqttPackets implements Units {
  readonly #limits: PacketLimits
  readonly #waiting = new ByteQueue()
  #isFirst = true

  constructor(limits: PacketLimits) {
    this.#limits = limits
  }

  get held(): number {
    return this.#waiting.length
  }

  push(bytes: Buffer): void {
    this.#waiting.push(bytes)
  }

  next(): Buffer | undefined {
    const { bytes } = this.#waiting
    const length = variableNumber(bytes, 1)
    if (length === undefined) return undefined
    const type = bytes[0] >> 4
    if (this.#isFirst && type !== CONNACK) throw new Error('the broker does not answer as one of MQTT does')
    const total = length.end + length.value
    if (total > (type === PUBLISH ? this.#limits.longest : MAX_OTHER_BYTES))
      throw new Error('the broker has sent a message that is too long')
    if (bytes.length < total) return undefined
    if (type === PUBLISH && this.#limits.hasProperties) checkProperties(bytes.subarray(0, total), length.end)
    this.#isFirst = false
    return this.#waiting.take(total)
  }
}

/** Undefined: the rest has not come. */
function variableNumber(bytes: Buffer, start: number): VariableNumber | undefined {
  let value = 0
  for (let at = 0; at < MAX_NUMBER_BYTES; at++) {
    const byte = bytes[start + at]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 128 ** at
    if (byte < 0x80) return { value, end: start + at + 1 }
  }
  throw new Error('the broker has sent a length that is none')
}

/** MQTT 5.0, section 3.3.2: the topic, the number of the packet if it is acknowledged, and the properties. */
function checkProperties(packet: Buffer, start: number): void {
  if (start + 2 > packet.length) return
  const quality = (packet[0] >> 1) & 3
  const properties = start + 2 + packet.readUInt16BE(start) + (quality > 0 ? 2 : 0)
  const length = variableNumber(packet, properties)
  if (length !== undefined && length.value > MAX_PROPERTY_BYTES)
    throw new Error('the broker has sent a message with too many properties')
}
