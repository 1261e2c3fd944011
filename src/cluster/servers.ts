import { JetStreamApi, type StreamInfo, type StreamReplica } from '../storage/nats/jetstream-api.js'
import type { NatsLink } from '../storage/nats/link.js'

/** A server that stores the stream, other than the one that leads it. */
export interface Follower {
  name: string
  state: 'current' | 'behind' | 'offline'
  lag: number
  /** Time since the leader heard of it, µs. */
  silent: number
}

/** The servers that store the log, as far as they answer. */
export interface Servers {
  server: string
  version: string
  stream: string
  replicas?: number
  events?: number
  bytes?: number
  leader?: string
  followers: Follower[]
  fault?: string
}

/** Clusters of older servers have kept a replica that was stuck, or take two updates of one key. */
const OLDEST_GOOD_CLUSTER = [2, 10, 27]

/** What an operator should know about the servers. */
export function serverNotes({ version, isClustered }: Pick<NatsLink, 'version' | 'isClustered'>): string[] {
  if (!isClustered || !isOlder(version, OLDEST_GOOD_CLUSTER)) return []
  return [
    `the servers of NATS have the version ${version}: the order of events is safe, but use ${OLDEST_GOOD_CLUSTER.join('.')} or newer in clusters`,
  ]
}

/** The leader itself takes longer to call a server offline, and has it for current until then. */
const SILENT_NS = 5e9

export async function askServers(link: NatsLink, stream: string): Promise<Servers> {
  const { server, version } = link
  try {
    return { server, version, stream, ...described(await new JetStreamApi(link).info(stream)) }
  } catch (thrown) {
    return { server, version, stream, followers: [], fault: (thrown as Error).message }
  }
}

function described({
  config,
  state,
  cluster = {},
}: StreamInfo): Omit<Servers, 'server' | 'version' | 'stream'> {
  const { leader, replicas = [] } = cluster
  return {
    replicas: config.num_replicas,
    events: state.messages,
    bytes: state.bytes,
    ...(leader && { leader }),
    followers: replicas.map(follower),
  }
}

function follower({ name, current, offline, lag = 0, active }: StreamReplica): Follower {
  const state = offline || active > SILENT_NS ? 'offline' : current ? 'current' : 'behind'
  return { name, state, lag, silent: Math.round(active / 1000) }
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  for (const [at, part] of than.entries()) if (parts[at] !== part) return (parts[at] ?? 0) < part
  return false
}
