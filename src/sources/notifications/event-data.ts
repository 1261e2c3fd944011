import { encodedLength } from '../../event/msgpack/encoder.js'
import { formatTime } from '../../event/position.js'
import type { NetconfNotification } from '../../protocols/netconf/codec/notification.js'
import type { NetconfEventData } from '../../types/host/netconf.js'

/** Events nest less deep than XML may. */
const MAX_HEIGHT = 56
/** Bytes for the tag and the other fields of an event. */
const HEAD_BYTES = 8 * 1024

interface NotificationForm {
  /** Levels of elements of the message. */
  readonly height: number
  readonly bytes: Buffer
  readonly raw: boolean
  readonly largestFrame: number
}

/** The data of the event of a notification. */
export function dataOfNotification(
  { qualifiedName, time, eventTime, content }: NetconfNotification,
  { height, bytes, raw, largestFrame }: NotificationForm,
): NetconfEventData {
  const head = {
    notification: qualifiedName,
    ...(time === undefined ? { eventTime: eventTime.slice(0, 100) } : { time: formatTime(time) }),
  }
  const cut = { ...head, content: {}, cut: bytes.length }
  if (height > MAX_HEIGHT) return cut
  const data = { ...head, content, ...(raw && { xml: bytes.toString() }) }
  const room = largestFrame - HEAD_BYTES
  // JSON has each name of XML once, so that it is the shorter one.
  if (bytes.length * (raw ? 2 : 1) <= room || encodedLength(data) <= room) return data
  return cut
}
