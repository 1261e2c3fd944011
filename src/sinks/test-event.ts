import { Event } from '../event/event.js'
import { setFrameTime } from '../event/frame.js'
import { FrameWriter } from '../event/frame-writer.js'

/** An event to try a sink with, which the log does not have. */
export function testEvent(sink: string, now: number): Event {
  const writer = new FrameWriter({ source: 'tocsin' })
  writer.write(`hub/sink/${sink}`, {
    sink,
    state: 'test',
    reason: 'This event was sent to try the sink. The log does not have it.',
  })
  const { bytes } = writer.take()!
  setFrameTime(bytes, 0, now)
  return new Event(bytes)
}
