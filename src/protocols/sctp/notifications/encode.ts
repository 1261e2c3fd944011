import { SctpNotificationError } from './error.js'
import { type Field, type Layout, layoutOf } from './layouts.js'
import type { Notification } from './notification.js'
import { type ByteFormat, isLittleEndian, type Platform, platformOf } from './platform.js'
import { type NotificationType, type Profile, profiles } from './profile.js'
import { isSocketAddress, writeSocketAddress } from './socket-address.js'

type Values = Readonly<Record<string, unknown>>

/**
 * The bytes that `parseNotification` parses to this object, for tests and simulation. `sac_cause`, `ssf_cause` and
 * `ssfe_cause` are ignored, since they repeat the error field. Throws SctpNotificationError with TCN_SCTP_TYPE or
 * TCN_SCTP_VALUE, and TypeError for a value of the wrong type.
 *
 * @example
 * const shutdown = { sn_type: constants.linux.SCTP_SHUTDOWN_EVENT, sse_flags: 0, sse_assoc_id: 7 }
 * const bytes = encodeNotification(shutdown, { platform: 'linux' })
 * parseNotification(bytes, { platform: 'linux' }) // { sn_type: 32773, sse_flags: 0, sse_assoc_id: 7 }
 */
export function encodeNotification<P extends Platform = Platform>(
  notification: Notification<P>,
  format: ByteFormat<P> = {},
): Uint8Array {
  if (typeof notification !== 'object' || notification === null) {
    throw new TypeError('a notification must be an object')
  }
  const profile = profiles[platformOf(format)]
  const type = profile.types[notification.sn_type - profile.firstType]
  if (type === undefined) {
    throw new SctpNotificationError('TCN_SCTP_TYPE', `${profile.platform} has no such notification`, {
      type: notification.sn_type,
      offset: 0,
    })
  }
  return new Encoder(notification as Values, type, profile, isLittleEndian(format)).bytes
}

class Encoder {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #profile: Profile
  readonly #little: boolean
  readonly #type: number

  constructor(values: Values, type: NotificationType, profile: Profile, little: boolean) {
    this.#profile = profile
    this.#little = little
    this.#type = values.sn_type as number
    const struct = structBytes(values, type, profile)
    const layout = layoutOf(type.name, profile, struct)
    const tail = this.#tail(values, layout, struct)
    this.bytes = new Uint8Array(struct + tail.length)
    this.#view = new DataView(this.bytes.buffer)
    this.#view.setUint16(0, this.#type, little)
    this.#fields(values, layout.fields, 0)
    this.#view.setUint32(4, this.bytes.length, little)
    this.bytes.set(tail, struct)
  }

  #fields(values: Values, fields: readonly Field[], at: number): void {
    for (const field of fields) this.#field(values[field.key] ?? (field.optional ? 0 : undefined), field, at)
  }

  #field(value: unknown, field: Field, base: number): void {
    const at = base + field.offset
    if (Array.isArray(field.kind)) {
      if (typeof value !== 'object' || value === null) throw new TypeError(`${field.key} must be an object`)
      this.#fields(value as Values, field.kind, at)
    } else if (field.kind === 'address') {
      if (!isSocketAddress(value)) throw this.#misfit(field.key, 'an address and port', at)
      writeSocketAddress(this.#view, at, value, this.#profile.platform, this.#little)
    } else this.#number(value, field.kind, field.key, at)
  }

  #number(value: unknown, kind: Exclude<Field['kind'], 'address' | Field[]>, key: string, at: number): void {
    if (typeof value !== 'number') throw new TypeError(`${key} must be a number`)
    const { least, most } = this.#range(kind)
    if (!Number.isInteger(value) || value < least || value > most) {
      throw this.#misfit(key, `${least} to ${most}`, at)
    }
    if (kind === 'id') this.#view.setUint32(at, value, this.#little)
    else if (kind === 'u32' || kind === 'addressState') this.#view.setUint32(at, value, this.#little)
    else if (kind === 'wireU16' && this.#profile.platform === 'linux') this.#view.setUint16(at, value)
    else this.#view.setUint16(at, value, this.#little)
  }

  #range(kind: Field['kind']): { least: number; most: number } {
    const { platform, firstAssocState, assocStates, firstAddressState } = this.#profile
    if (kind === 'assocState') return { least: firstAssocState, most: firstAssocState + assocStates - 1 }
    if (kind === 'addressState') return { least: firstAddressState, most: 0xffff_ffff }
    if (kind === 'id' && platform === 'linux') return { least: -0x8000_0000, most: 0x7fff_ffff }
    return { least: 0, most: kind === 'u32' || kind === 'id' ? 0xffff_ffff : 0xffff }
  }

  #tail(values: Values, { tail }: Layout, at: number): Uint8Array {
    if (tail === undefined) return new Uint8Array(0)
    const value = values[tail.key] ?? []
    if (value instanceof Uint8Array && tail.kind !== 'u16s') return value
    if (!Array.isArray(value)) throw new TypeError(`${tail.key} must be a list of numbers`)
    const [size, most] = tail.kind === 'u16s' ? [2, 0xffff] : [1, 0xff]
    const bytes = new Uint8Array(value.length * size)
    const view = new DataView(bytes.buffer)
    for (const [i, each] of value.entries()) {
      if (!Number.isInteger(each) || each < 0 || each > most) {
        throw this.#misfit(`${tail.key}[${i}]`, `0 to ${most}`, at + i * size)
      }
      if (size === 1) view.setUint8(i, each)
      else view.setUint16(2 * i, each, this.#little)
    }
    return bytes
  }

  #misfit(key: string, range: string, offset: number): SctpNotificationError {
    return new SctpNotificationError('TCN_SCTP_VALUE', `${key} must be ${range}`, {
      type: this.#type,
      offset,
    })
  }
}

/** FreeBSD sends stream and sequence number of a partial delivery in two bytes each; RFC 6458 describes four. */
function structBytes(
  values: Values,
  { name, minBytes: least, maxBytes: most }: NotificationType,
  profile: Profile,
): number {
  if (name !== 'SCTP_PARTIAL_DELIVERY_EVENT' || profile.platform === 'linux') return least
  const fits = [values.pdapi_stream, values.pdapi_seq].every((value) => (value as number) <= 0xffff)
  return fits ? least : most
}
