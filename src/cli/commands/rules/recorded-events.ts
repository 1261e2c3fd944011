import type { OutgoingEvent } from '../../../client/api.js'
import { encodeAttributes } from '../../../event/attributes.js'
import { Event, iterateFrames } from '../../../event/event.js'
import { encodeFrame, setFrameSeq, setFrameTime } from '../../../event/frame.js'
import { encode } from '../../../event/msgpack/encoder.js'
import { ownTime } from '../../../event/own-time.js'
import { cloudEventToPublish, locatedLines } from '../../hub/bulk-lines.js'
import type { Io } from '../../io.js'
import { readChunks } from '../../terminal/input.js'
import { isFrameFile, readFrames } from '../copy/event-file-reader.js'
import { peek } from '../copy/import-events.js'

/** The events of a file of frames, or of lines of CloudEvents, with the times at which they happened. */
export async function* recordedEvents(
  io: Io,
  path: string,
  typeOf: (tag: string) => string,
): AsyncGenerator<Event> {
  const { start, chunks } = await peek(readChunks(io, path))
  if (isFrameFile(start)) {
    for await (const { bytes, start, end } of readFrames(chunks)) yield* iterateFrames(bytes, start, end)
    return
  }
  let number = 0
  const lines = locatedLines(chunks, (value, place) => cloudEventToPublish(value, place, { typeOf }))
  for await (const events of lines) for (const { event } of events) yield asEvent(event, ++number)
}

function asEvent({ tag, source, kind, attributes, body, data }: OutgoingEvent, number: number): Event {
  const bytes = encodeFrame({
    tag,
    source,
    kind,
    attributes: encodeAttributes(attributes),
    body: body ?? encode(data),
  })
  setFrameSeq(bytes, 0, number)
  const event = new Event(bytes)
  setFrameTime(bytes, 0, ownTime(event))
  return event
}
