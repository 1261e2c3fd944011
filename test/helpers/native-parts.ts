import { Sessions } from '../../src/access/index.js'
import type { Runtime } from '../../src/event/runtime.js'
import type { NativeServerOptions } from '../../src/faces/native/server.js'
import { Edges } from '../../src/methods/edges.js'

type Parts = Pick<NativeServerOptions, 'sessions' | 'edges'>

/** What a hub shares among its servers of the native protocol, for a server that is alone. */
export function nativeParts(runtime: Runtime, publish: ConstructorParameters<typeof Edges>[1]): Parts {
  return { sessions: new Sessions(runtime), edges: new Edges(runtime, publish) }
}
