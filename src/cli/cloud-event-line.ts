import type { OutgoingEvent } from '../client/api.js'
import { type CloudEventView, fromCloudEvent } from '../event/cloudevents.js'
import { TocsinError } from '../event/errors.js'

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
