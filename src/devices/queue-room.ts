import { TocsinError } from '../errors/tocsin-error.js'
import { isOver, type PushItem } from './item.js'

/** Items of a device that wait. */
const MAX_WAITING = 100
/** Bytes of all changes that wait, for all devices together. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024

/** Throws TCN_DEVICES_PUSH if too much waits for one more change for a device. */
export function checkRoom(items: readonly PushItem[], device: string, change: string): void {
  const waiting = items.filter((item) => !isOver(item))
  if (waiting.filter((item) => item.device === device).length >= MAX_WAITING)
    throw new TocsinError('TCN_DEVICES_PUSH', `${MAX_WAITING} changes wait for ${device}`)
  const bytes = [change, ...waiting.map((item) => item.change)].map((text) => Buffer.byteLength(text))
  if (bytes.reduce((sum, each) => sum + each) > MAX_WAITING_BYTES)
    throw new TocsinError('TCN_DEVICES_PUSH', `changes of ${MAX_WAITING_BYTES} bytes wait for devices`)
}
