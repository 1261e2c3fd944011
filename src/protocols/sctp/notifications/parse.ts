import { SctpNotificationError } from './error.js'
import type { Notification } from './notification.js'
import type { ParseInput } from './parse-fields.js'
import { type ByteFormat, isLittleEndian, type Platform, platformOf, requireBytes } from './platform.js'
import { HEADER_BYTES, type NotificationType, type Profile, profiles } from './profile.js'

/** The receive buffer with the whole profile of its platform. */
interface NotificationInput extends ParseInput {
  readonly profile: Profile
}

export interface ReadAllOptions {
  /**
   * Called for each notification that is not valid, which is left out. Parsing continues with the next one if its offset
   * is known. Without it, the first fault is thrown.
   */
  onError?: (error: SctpNotificationError) => void
}

/**
 * Parses notifications in a receive buffer. The buffer may be filled again afterwards, since the results hold copies.
 * Nothing outside the buffer is read, whatever lengths the bytes state.
 *
 * @example
 * const reader = new NotificationReader(bytes, { platform: 'linux' })
 * for (const { sn_type } of reader.readAll()) console.log(notificationName(sn_type, { platform: 'linux' }))
 */
export class NotificationReader<P extends Platform = Platform> {
  readonly #input: NotificationInput

  constructor(buffer: Uint8Array, format: ByteFormat<P> = {}) {
    requireBytes(buffer)
    this.#input = {
      bytes: buffer,
      view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length),
      little: isLittleEndian(format),
      profile: profiles[platformOf(format)],
    }
  }

  /** Parses the one notification that fills these bytes. Throws SctpNotificationError. */
  read(offset = 0, length = this.#input.bytes.length - offset): Notification<P> {
    requireRange(this.#input, offset, length)
    if (statedLength(this.#input, offset, offset + length) !== length) {
      throw doesNotFit(this.#input, offset, length)
    }
    return parseOne(this.#input, offset, length) as Notification<P>
  }

  /** Parses notifications that follow each other without gaps. */
  readAll(
    offset = 0,
    length = this.#input.bytes.length - offset,
    options: ReadAllOptions = {},
  ): Notification<P>[] {
    requireRange(this.#input, offset, length)
    const all = options.onError
      ? parseValid(this.#input, offset, offset + length, options.onError)
      : parseAll(this.#input, offset, offset + length)
    return all as Notification<P>[]
  }
}

/**
 * Parses the bytes of one notification, as one `recvmsg` returns them. Throws SctpNotificationError with TCN_SCTP_TYPE,
 * TCN_SCTP_LENGTH or TCN_SCTP_STATE.
 *
 * @example
 * const notification = parseNotification(bytes, { platform: 'linux' })
 */
export function parseNotification<P extends Platform = Platform>(
  bytes: Uint8Array,
  format?: ByteFormat<P>,
): Notification<P> {
  return new NotificationReader(bytes, format).read()
}

/**
 * Parses notifications that follow each other in one buffer. Throws as `parseNotification` unless `onError` is given.
 *
 * @example
 * const onError = (error: SctpNotificationError) => console.warn(error.code, error.offset)
 * for (const notification of parseNotifications(bytes, { platform: 'linux', onError })) console.log(notification)
 */
export function parseNotifications<P extends Platform = Platform>(
  bytes: Uint8Array,
  options: ByteFormat<P> & ReadAllOptions = {},
): Notification<P>[] {
  return new NotificationReader(bytes, options).readAll(0, bytes.length, options)
}

function requireRange({ bytes }: NotificationInput, offset: number, length: number): void {
  const inside = offset >= 0 && length >= 0 && offset + length <= bytes.length
  // The first comparison is the fast path.
  const whole = ((offset | 0) === offset && (length | 0) === length) || areWhole(offset, length)
  if (!inside || !whole) throw outside(offset, length)
}

function areWhole(offset: number, length: number): boolean {
  return Number.isInteger(offset) && Number.isInteger(length)
}

function outside(offset: number, length: number): Error {
  if (!areWhole(offset, length)) return new TypeError('offset and length must be whole numbers')
  const what = 'offset and length reach beyond the given bytes'
  return new SctpNotificationError('TCN_SCTP_LENGTH', what, { length, offset })
}

function parseAll(source: NotificationInput, start: number, end: number): Notification[] {
  // A list of the right size, since a growing list costs more than the notifications in it.
  const all = new Array<Notification>(countNotifications(source, start, end))
  for (let at = start, i = 0; at < end; i++) {
    const length = statedLength(source, at, end)
    all[i] = parseOne(source, at, length)
    at += length
  }
  return all
}

function countNotifications(source: NotificationInput, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; count++) at += statedLength(source, at, end)
  return count
}

function parseValid(
  source: NotificationInput,
  start: number,
  end: number,
  onError: (error: SctpNotificationError) => void,
): Notification[] {
  const all: Notification[] = []
  for (let at = start; at < end; ) {
    let length = end - at
    try {
      length = statedLength(source, at, end)
      all.push(parseOne(source, at, length))
    } catch (error) {
      if (!(error instanceof SctpNotificationError)) throw error
      onError(error)
    }
    at += length
  }
  return all
}

/** The length that the notification at `at` states. Throws if it exceeds the bytes up to `end`. */
function statedLength(source: NotificationInput, at: number, end: number): number {
  const room = end - at
  if (room < HEADER_BYTES) throw tooShort(source, at, room)
  const length = source.view.getUint32(at + 4, source.little)
  if (length < HEADER_BYTES || length > room) throw doesNotFit(source, at, room)
  return length
}

function parseOne(source: NotificationInput, at: number, length: number): Notification {
  const { firstType, types } = source.profile
  const index = source.view.getUint16(at, source.little) - firstType
  const type = index < 0 || index >= types.length ? undefined : types[index]
  if (type === undefined) throw unknownType(source, at)
  if (length !== type.minBytes && !mayBeLonger(type, length)) throw wrongLength(source, at, type)
  return type.parse(source, at, length)
}

function mayBeLonger(
  { minBytes: least, maxBytes: most, stepBytes: unit }: NotificationType,
  length: number,
): boolean {
  return length > least && length <= most && (length - least) % unit === 0
}

function tooShort({ view, little }: NotificationInput, at: number, room: number): SctpNotificationError {
  const type = room < 2 ? undefined : view.getUint16(at, little)
  const what = `${room} bytes are too short for the header of a notification`
  return new SctpNotificationError('TCN_SCTP_LENGTH', what, { type, offset: at })
}

function doesNotFit(source: NotificationInput, at: number, room: number): SctpNotificationError {
  return fault(
    source,
    'TCN_SCTP_LENGTH',
    `the length of the notification does not match the ${room} given bytes`,
    at,
    4,
  )
}

function wrongLength(
  source: NotificationInput,
  at: number,
  { name }: NotificationType,
): SctpNotificationError {
  return fault(source, 'TCN_SCTP_LENGTH', `a ${name} cannot have this length`, at, 4)
}

function unknownType(source: NotificationInput, at: number): SctpNotificationError {
  return fault(source, 'TCN_SCTP_TYPE', `${source.profile.platform} has no such notification`, at, 0)
}

function fault(
  { view, little }: NotificationInput,
  code: 'TCN_SCTP_LENGTH' | 'TCN_SCTP_TYPE',
  what: string,
  at: number,
  offset: number,
): SctpNotificationError {
  return new SctpNotificationError(code, what, {
    type: view.getUint16(at, little),
    length: view.getUint32(at + 4, little),
    offset: at + offset,
  })
}
