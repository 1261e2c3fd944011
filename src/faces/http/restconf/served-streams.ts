import type { NamedStreams } from '../../../bus/streams/named-streams.js'
import type { StreamHost } from '../../shared/streams/stream-host.js'

/** The named streams of the hub, and what their subscribers share. */
export interface ServedStreams {
  readonly streams: Pick<NamedStreams, 'find'>
  readonly host: StreamHost
}
