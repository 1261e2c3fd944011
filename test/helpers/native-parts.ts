import { Sessions } from '../../src/access/index.js'
import type { Principal } from '../../src/bus/principal.js'
import { NamedStreams } from '../../src/bus/streams/named-streams.js'
import type { Runtime } from '../../src/event/runtime.js'
import type { NativeServerOptions } from '../../src/faces/native/server.js'
import { Edges } from '../../src/methods/edges.js'

type Parts = Pick<NativeServerOptions, 'sessions' | 'edges' | 'prober' | 'streams'>

/** What a hub shares among its servers of the native protocol, for a server that is alone. */
export function nativeParts(
  runtime: Runtime,
  prober: Principal,
  publish: ConstructorParameters<typeof Edges>[1],
): Parts {
  const sessions = new Sessions(runtime)
  return {
    sessions,
    edges: new Edges(runtime, publish),
    prober,
    streams: {
      streams: new NamedStreams([]),
      sessions,
      findPrincipal: () => undefined,
      typeOfBytes: () => '',
      typePatterns: () => [],
    },
  }
}
