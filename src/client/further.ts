import { TocsinError } from '../errors/tocsin-error.js'

/** Returns where the next page begins. A hub that names the place of the last one again would never come to an end. */
export function further<Place extends string | undefined>(next: Place, last: string | undefined): Place {
  if (next !== undefined && next === last)
    throw new TocsinError('TCN_PROTOCOL_BODY', `a page of the hub leads to itself: ${next.slice(0, 80)}`)
  return next
}
