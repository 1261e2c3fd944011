import type { SubscribeRequest } from '../../../bus/api.js'
import type { Principal } from '../../../bus/principal.js'
import type { NamedStream } from '../../../bus/streams/named-streams.js'
import type { XPathFilter } from '../xpath/filter.js'

/** The request of a subscriber to a stream, checked. Times are µs since the epoch. */
export interface StreamRequest {
  readonly stream: NamedStream
  /** Events later than this are replayed; undefined: none. */
  readonly start: number | undefined
  /** Events later than this are not wanted. */
  readonly stop: number | undefined
  readonly xpath: XPathFilter | undefined
  /** The user whose rights apply too. */
  readonly user?: Principal
  readonly lag?: SubscribeRequest['lag']
  /** Everything up to this event was taken before, in place of a start time. */
  readonly reached?: number
  /** True if another subscriber may continue from the place that this one has reached. */
  readonly goesOn?: boolean
}
