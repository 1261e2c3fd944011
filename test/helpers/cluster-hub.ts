import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { clusterConfig } from '../../src/cluster/config.js'
import { type HubConfig, hubConfig } from '../../src/hub/config/index.js'
import { eventTypes } from '../../src/hub/event-types.js'
import { Hub } from '../../src/hub/hub.js'
import { jetstreamEngine } from '../../src/log/jetstream/engine.js'
import { sourceDefinitions } from '../../src/sources/config.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { upstreams } from '../../src/upstream/index.js'
import { realRuntime } from './real-runtime.js'
import { temporaryFolder } from './temporary-folder.js'

/** A whole hub of a cluster in this process, which listens on a unix socket. */
export interface ClusterHub {
  hub: Hub
  address: string
  /** The socket for programs for NSO. */
  ncs: string
  client(): Promise<Client>
  stop(): Promise<void>
}

/**
 * `server`: address of a NATS server; `prefix`: name of the cluster, which no other test has. With a longer `ttl` a hub
 * stays the primary of a busy machine that stands still for a moment. `settings`: further keys of the configuration.
 * Of its sources, those run that run once in the cluster. With `http`, it listens for HTTP too, on a free port.
 */
export async function startClusterHub(
  server: string,
  prefix: string,
  name: string,
  ttl = '5s',
  { listen, ...settings }: { listen?: object; [key: string]: unknown } = {},
  http = false,
): Promise<ClusterHub> {
  const folder = temporaryFolder('cluster')
  const path = join(folder, 'tocsin.sock')
  const ncs = join(folder, 'ncs.sock')
  const config = hubConfig.parse({
    listen: { unix: [{ path, principal: 'admin' }], http: http ? '127.0.0.1:1' : 'off', ...listen },
    ncs: { unix: { path: ncs } },
    ...settings,
  })
  if (config.listen.http !== 'off') config.listen.http.address = { host: '127.0.0.1', port: 0 }
  config.log.engine = jetstreamEngine.name as never
  config.nats = natsConfig.parse({ servers: [`nats://${server}`], prefix, stream: prefix })
  config.cluster = clusterConfig.parse({ name, ttl, address: `unix:${path}` })
  const hub = await Hub.open({
    config,
    runtime: realRuntime,
    data: undefined,
    sources: [...sourceDefinitions(config.sources), ...upstreamDefinitions(config)].filter(
      ({ once }) => once,
    ),
    types: eventTypes,
  })
  const stop = async () => {
    await hub.stop()
  }
  onTestFinished(stop)
  await hub.listen()
  hub.start()
  const client = async () => {
    const connected = await connect({ address: `unix:${path}` })
    onTestFinished(() => connected.close())
    return connected
  }
  return { hub, address: `unix:${path}`, ncs, client, stop }
}

function upstreamDefinitions(config: HubConfig) {
  return upstreams.open(config.upstreams).map(({ definition }) => definition)
}
