import { Sessions } from '../../src/access/index.js'
import { NamedStreams } from '../../src/bus/streams/named-streams.js'
import type { Runtime } from '../../src/event/runtime.js'
import type { StreamParts } from '../../src/faces/ncs/stream/stream-host.js'

/** The parts that notification sockets need for streams, of a hub without streams and types. */
export function noStreams(runtime: Runtime): StreamParts {
  return {
    streams: new NamedStreams([]),
    sessions: new Sessions(runtime),
    findPrincipal: () => undefined,
    typeOfBytes: () => '',
    typePatterns: () => [],
  }
}
