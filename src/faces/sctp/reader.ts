import { SctpNotificationError } from './error.js'
import type { Notification } from './notification.js'
import { type ByteFormat, isLittleEndian, type Platform, platformOf, requireBytes } from './platform.js'
import { HEADER_BYTES, profiles } from './profile.js'
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
    this.#requireRange(offset, length)
    if (ownLength(this.#source, offset, offset + length) !== length) {
      throw fault(this.#source, 'TCN_SCTP_LENGTH', `it ends before the ${length} bytes given`, offset, 4)
    }
    return readOne(this.#source, offset, length) as Notification<P>
  }

  /** Notifications that follow each other without gaps. */
  readAll(
    offset = 0,
    length = this.#source.bytes.length - offset,
    options: ReadAllOptions = {},
  ): Notification<P>[] {
    this.#requireRange(offset, length)
    const all = options.onError
      ? readSound(this.#source, offset, offset + length, options.onError)
      : readRun(this.#source, offset, offset + length)
    return all as Notification<P>[]
  }

  #requireRange(offset: number, length: number): void {
    if (!Number.isInteger(offset) || !Number.isInteger(length)) {
      throw new TypeError('offset and length must be whole numbers')
    }
    if (offset < 0 || length < 0 || offset + length > this.#source.bytes.length) {
      throw new SctpNotificationError('TCN_SCTP_LENGTH', 'offset and length reach outside the bytes', {
        length,
        offset,
      })
    }
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

function readRun(source: Source, start: number, end: number): Notification[] {
  const all: Notification[] = []
  for (let at = start; at < end; ) {
    const length = ownLength(source, at, end)
    all.push(readOne(source, at, length))
    at += length
  }
  return all
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
  if (end - at < HEADER_BYTES) {
    const type = end - at < 2 ? undefined : source.view.getUint16(at, source.little)
    const what = `${end - at} bytes are less than the header of a notification`
    throw new SctpNotificationError('TCN_SCTP_LENGTH', what, { type, offset: at })
  }
  const length = source.view.getUint32(at + 4, source.little)
  if (length >= HEADER_BYTES && length <= end - at) return length
  throw fault(source, 'TCN_SCTP_LENGTH', `its length does not fit the ${end - at} bytes given`, at, 4)
}

function readOne(source: Source, at: number, length: number): Notification {
  const index = source.view.getUint16(at, source.little) - source.profile.firstType
  const type = index < 0 || index >= source.profile.types.length ? undefined : source.profile.types[index]
  if (type === undefined) {
    throw fault(source, 'TCN_SCTP_TYPE', `${source.profile.platform} has no such notification`, at, 0)
  }
  if (length < type.least || length > type.most || (length - type.least) % type.unit !== 0) {
    throw fault(source, 'TCN_SCTP_LENGTH', `no ${type.name} has this length`, at, 4)
  }
  return type.read(source, at, length)
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
