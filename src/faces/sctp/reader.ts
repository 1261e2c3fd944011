import { SctpNotificationError } from './error.js'
import type { Notification } from './notification.js'
import { type ByteFormat, isLittleEndian, type Platform, platformOf, requireBytes } from './platform.js'
import { HEADER_BYTES, type NotificationType, profiles } from './profile.js'
import type { Source } from './read-fields.js'

export interface ReadAllOptions {
  /** Gets what is wrong with a notification, which is left out; the next one is read if its place is known. */
  onError?: (error: SctpNotificationError) => void
}

/**
 * Reads notifications out of a receive buffer, which may be filled again: what it returns holds copies.
 * Nothing outside the buffer is read, whatever the bytes say.
 */
export class NotificationReader<P extends Platform = Platform> {
  readonly #source: Source

  constructor(buffer: Uint8Array, format: ByteFormat<P> = {}) {
    requireBytes(buffer)
    this.#source = {
      bytes: buffer,
      view: new DataView(buffer.buffer, buffer.byteOffset, buffer.length),
      little: isLittleEndian(format),
      profile: profiles[platformOf(format)],
    }
  }

  /** The one notification that fills these bytes. */
  read(offset = 0, length = this.#source.bytes.length - offset): Notification<P> {
    requireRange(this.#source, offset, length)
    if (ownLength(this.#source, offset, offset + length) !== length) {
      throw doesNotFit(this.#source, offset, length)
    }
    return readOne(this.#source, offset, length) as Notification<P>
  }

  /** Notifications that follow each other without gaps. */
  readAll(
    offset = 0,
    length = this.#source.bytes.length - offset,
    options: ReadAllOptions = {},
  ): Notification<P>[] {
    requireRange(this.#source, offset, length)
    const all = options.onError
      ? readSound(this.#source, offset, offset + length, options.onError)
      : readRun(this.#source, offset, offset + length)
    return all as Notification<P>[]
  }
}

/** Reads the bytes of one notification, as one `recvmsg` gives it. */
export function parseNotification<P extends Platform = Platform>(
  bytes: Uint8Array,
  format?: ByteFormat<P>,
): Notification<P> {
  return new NotificationReader(bytes, format).read()
}

/** Reads notifications that follow each other in one buffer. */
export function parseNotifications<P extends Platform = Platform>(
  bytes: Uint8Array,
  options: ByteFormat<P> & ReadAllOptions = {},
): Notification<P>[] {
  return new NotificationReader(bytes, options).readAll(0, bytes.length, options)
}

function requireRange({ bytes }: Source, offset: number, length: number): void {
  const inside = offset >= 0 && length >= 0 && offset + length <= bytes.length
  // The first comparison is the fast one.
  const whole = ((offset | 0) === offset && (length | 0) === length) || areWhole(offset, length)
  if (!inside || !whole) throw outside(offset, length)
}

function areWhole(offset: number, length: number): boolean {
  return Number.isInteger(offset) && Number.isInteger(length)
}

function outside(offset: number, length: number): Error {
  if (!areWhole(offset, length)) return new TypeError('offset and length must be whole numbers')
  const what = 'offset and length reach outside the bytes'
  return new SctpNotificationError('TCN_SCTP_LENGTH', what, { length, offset })
}

function readRun(source: Source, start: number, end: number): Notification[] {
  // A list of the right size: one that grows costs more than the notifications in it.
  const all = new Array<Notification>(countRun(source, start, end))
  for (let at = start, i = 0; at < end; i++) {
    const length = ownLength(source, at, end)
    all[i] = readOne(source, at, length)
    at += length
  }
  return all
}

function countRun(source: Source, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; count++) at += ownLength(source, at, end)
  return count
}

function readSound(
  source: Source,
  start: number,
  end: number,
  onError: (error: SctpNotificationError) => void,
): Notification[] {
  const all: Notification[] = []
  for (let at = start; at < end; ) {
    let length = end - at
    try {
      length = ownLength(source, at, end)
      all.push(readOne(source, at, length))
    } catch (error) {
      if (!(error instanceof SctpNotificationError)) throw error
      onError(error)
    }
    at += length
  }
  return all
}

/** What the notification at `at` says its length is, which the bytes up to `end` have room for. */
function ownLength(source: Source, at: number, end: number): number {
  const room = end - at
  if (room < HEADER_BYTES) throw tooShort(source, at, room)
  const length = source.view.getUint32(at + 4, source.little)
  if (length < HEADER_BYTES || length > room) throw doesNotFit(source, at, room)
  return length
}

function readOne(source: Source, at: number, length: number): Notification {
  const { firstType, types } = source.profile
  const index = source.view.getUint16(at, source.little) - firstType
  const type = index < 0 || index >= types.length ? undefined : types[index]
  if (type === undefined) throw unknownType(source, at)
  if (length !== type.least && !mayBeLonger(type, length)) throw wrongLength(source, at, type)
  return type.read(source, at, length)
}

function mayBeLonger({ least, most, unit }: NotificationType, length: number): boolean {
  return length > least && length <= most && (length - least) % unit === 0
}

function tooShort({ view, little }: Source, at: number, room: number): SctpNotificationError {
  const type = room < 2 ? undefined : view.getUint16(at, little)
  const what = `${room} bytes are less than the header of a notification`
  return new SctpNotificationError('TCN_SCTP_LENGTH', what, { type, offset: at })
}

function doesNotFit(source: Source, at: number, room: number): SctpNotificationError {
  return fault(
    source,
    'TCN_SCTP_LENGTH',
    `the length of the notification does not fit the ${room} bytes given`,
    at,
    4,
  )
}

function wrongLength(source: Source, at: number, { name }: NotificationType): SctpNotificationError {
  return fault(source, 'TCN_SCTP_LENGTH', `no ${name} has this length`, at, 4)
}

function unknownType(source: Source, at: number): SctpNotificationError {
  return fault(source, 'TCN_SCTP_TYPE', `${source.profile.platform} has no such notification`, at, 0)
}

function fault(
  { view, little }: Source,
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
