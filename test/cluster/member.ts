import { onTestFinished } from 'vitest'
import type { BusLimits } from '../../src/bus/limits.js'
import { Cluster } from '../../src/cluster/cluster.js'
import type { ClusterEvents, ClusterOptions } from '../../src/cluster/cluster-options.js'
import { clusterConfig } from '../../src/cluster/config.js'
import { iterateFrames } from '../../src/event/index.js'
import { logConfig } from '../../src/log/config.js'
import type { EventLog } from '../../src/log/event-log.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { TestBus, typeOf } from '../bus/fixture.js'
import { realRuntime } from '../helpers/real-runtime.js'

/** A hub of a cluster without faces: its part in the cluster, and its bus. */
export interface Member {
  cluster: Cluster
  prefix: string
  hub: TestBus
  start(events?: Partial<ClusterEvents>): void
}

let prefixes = 0

/** A name for the streams of a cluster that no other test has. */
export function newPrefix(): string {
  return `c${++prefixes}`
}

/** Opens a hub that does not stand for election yet. `address`: of a NATS server. */
export async function openMember(
  address: string,
  prefix: string,
  name: string,
  options: Partial<Pick<ClusterOptions, 'deadlineMs' | 'maxBytes' | 'runtime'>> & {
    window?: number
    /** Time to live of the lease. */
    ttl?: string
    limits?: Partial<BusLimits>
  } = {},
): Promise<Member> {
  const { limits, window, ttl = '5s', ...rest } = options
  const cluster = await Cluster.open({
    runtime: realRuntime,
    nats: natsConfig.parse({ servers: [`nats://${address}`], prefix, stream: prefix, window }),
    cluster: clusterConfig.parse({ name, ttl }),
    hostname: 'host',
    version: '1.0.0',
    config: logConfig.parse({}),
    folder: '',
    typeOf,
    maxBytes: () => 64 * 2 ** 20,
    ...rest,
  })
  onTestFinished(() => cluster.stop())
  const hub = await TestBus.open({ runtime: realRuntime as never, log: cluster.log, limits })
  return {
    cluster,
    prefix,
    hub,
    start: (events) => cluster.start((key) => hub.bus.publishers.lastOf(key), events),
  }
}

/** Tags of all events of a log, in their order. */
export async function storedTags(log: EventLog): Promise<string[]> {
  const tags: string[] = []
  for await (const batch of log.read(log.first, {}))
    for (const event of iterateFrames(batch.bytes)) tags.push(event.tag)
  return tags
}

export function tagsOf(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, at) => `${name}/${at}`)
}
