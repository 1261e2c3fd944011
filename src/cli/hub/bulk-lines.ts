import type { OutgoingEvent } from '../../client/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type CloudEventView, fromCloudEvent } from '../../event/cloudevents.js'
import { type NumberedLine, parseJson, readLines } from '../terminal/input.js'
import type { LocatedEvent } from './bulk-publisher.js'

type ToEvent = (value: unknown, place: string) => OutgoingEvent

export interface LineReading {
  /** Reads the value of a line. Default: JSON. */
  read?: (text: string, place: string) => unknown
  /** Called for an invalid line, which is then left out. Default: an invalid line ends the reading. */
  onInvalid?: (error: TocsinError) => void
}

/** The events in lines. At an invalid line it throws, after yielding all events before it. */
export async function* locatedLines(
  chunks: AsyncIterable<Uint8Array>,
  toEvent: ToEvent,
  reading: LineReading = {},
): AsyncGenerator<LocatedEvent[]> {
  for await (const lines of readLines(chunks)) {
    const { events, fault } = locate(lines, toEvent, reading)
    if (events.length > 0) yield events
    if (fault) throw fault.error
  }
}

function locate(
  lines: readonly NumberedLine[],
  toEvent: ToEvent,
  { read = parseJson, onInvalid }: LineReading,
): { events: LocatedEvent[]; fault?: { error: unknown } } {
  const events: LocatedEvent[] = []
  for (const { text, number } of lines) {
    const location = `line ${number}`
    try {
      events.push({ location, event: toEvent(read(text, location), location) })
    } catch (error) {
      if (onInvalid === undefined || !TocsinError.is(error)) return { events, fault: { error } }
      onInvalid(error)
    }
  }
  return { events }
}

/** A CloudEvent of the input to be published. Throws TCN_CLOUDEVENT_INVALID, naming place and attribute. */
export function cloudEventToPublish(
  input: unknown,
  place: string,
  view: Pick<CloudEventView, 'typeOf'>,
): OutgoingEvent {
  try {
    const { attributes, ...parts } = fromCloudEvent(input, view)
    return { ...parts, attributes }
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    throw new TocsinError(error.code, `${place}: ${error.message}`, { cause: error, details: error.details })
  }
}
