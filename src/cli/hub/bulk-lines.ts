import type { OutgoingEvent } from '../../client/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type CloudEventView, fromCloudEvent } from '../../event/cloudevents.js'
import { type NumberedLine, parseJson, readLines } from '../terminal/input.js'
import type { Placed } from './bulk-publisher.js'

type ToEvent = (value: unknown, place: string) => OutgoingEvent

/** The events in lines of JSON. At an invalid line it throws, after yielding all events before it. */
export async function* placedLines(
  chunks: AsyncIterable<Uint8Array>,
  toEvent: ToEvent,
): AsyncGenerator<Placed[]> {
  for await (const lines of readLines(chunks)) {
    const { placed, fault } = place(lines, toEvent)
    if (placed.length > 0) yield placed
    if (fault) throw fault.error
  }
}

function place(
  lines: readonly NumberedLine[],
  toEvent: ToEvent,
): { placed: Placed[]; fault?: { error: unknown } } {
  const placed: Placed[] = []
  for (const { text, number } of lines) {
    const where = `line ${number}`
    try {
      placed.push({ place: where, event: toEvent(parseJson(text, where), where) })
    } catch (error) {
      return { placed, fault: { error } }
    }
  }
  return { placed }
}

/** A CloudEvent of the input to be published. Throws TCN_CLOUDEVENT_INVALID, naming place and attribute. */
export function cloudEventToPublish(
  input: unknown,
  place: string,
  view: Pick<CloudEventView, 'typeOf'>,
): OutgoingEvent {
  try {
    const { attributes, ...parts } = fromCloudEvent(input, view)
    return { ...parts, attributes: attributes as OutgoingEvent['attributes'] }
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    throw new TocsinError(error.code, `${place}: ${error.message}`, { cause: error, details: error.details })
  }
}
