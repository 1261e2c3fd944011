import type { Ends, SideName } from './side.js'

/** Loads only the client that is measured. */
export async function loadEnds(side: SideName): Promise<Ends> {
  if (side === 'tocsin') return (await import('./tocsin-ends.js')).tocsinEnds
  if (side === 'tocsin-two-hubs') return (await import('./tocsin-ends.js')).twoHubsEnds
  if (side === 'tocsin-tcp') return (await import('./tocsin-ends.js')).tcpEnds
  if (side === 'tocsin-ws' || side === 'tocsin-wss') return (await import('./web-ends.js')).webSocketEnds
  if (side === 'tocsin-ws-native') return (await import('./web-ends.js')).webNativeEnds
  if (side === 'tocsin-sse') return (await import('./web-ends.js')).streamEnds
  if (side === 'tocsin-netconf') return (await import('./netconf-ends.js')).netconfEnds
  if (side === 'tocsin-raw') return (await import('./raw-ends.js')).rawNativeEnds
  if (side === 'tocsin-ncs') return (await import('./ncs-ends.js')).ncsEnds
  if (side === 'tocsin-audit') return (await import('./ncs-ends.js')).auditEnds
  if (side === 'salt') return (await import('./raw-ends.js')).saltEnds
  if (side === 'jetstream-relayed') return (await import('./relayed-ends.js')).relayedEnds
  if (side === 'ws') return (await import('./ws-ends.js')).wsEnds
  if (side === 'jetstream-library') return (await import('./push-ends.js')).libraryEnds
  if (side === 'jetstream-inbox') return (await import('./push-ends.js')).inboxEnds
  return (await import('./nats-ends.js')).natsEnds
}
