import type { OutgoingEvent } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'

/**
 * Throws TCN_USAGE for an event that would look like one of the hub itself. The owner of a hub may publish it, and a
 * mistyped tag must not be enough for that.
 */
export function checkNotHubs({ tag, source = '' }: OutgoingEvent, asHub = false): void {
  if (asHub) return
  for (const [what, name] of [
    ['tag', tag],
    ['source', source],
  ] as const) {
    if (name !== 'hub' && !name.startsWith('hub/')) continue
    throw new TocsinError(
      'TCN_USAGE',
      `the ${what} ${JSON.stringify(name)} belongs to the hub itself; --as-hub publishes the event all the same`,
    )
  }
}
