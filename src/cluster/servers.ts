import { messageOf } from '../errors/thrown.js'
import { JetStreamApi, type StreamInfo, type StreamReplica } from '../storage/nats/jetstream-api.js'
import type { NatsLink } from '../storage/nats/link.js'
import { limitProblems } from './account-limits.js'
import type { ClusterStream } from './streams.js'

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
  /** Those that store the stream while none of them leads it: only a leader knows how the others are. */
  unled?: string[]
  /** Limits of the account that keep the hubs from working. */
  limits?: string[]
  fault?: string
}

/** The leader itself takes longer to call a server offline, and has it for current until then. */
const SILENT_NS = 5e9

/** `wanted`: the streams that the account must have room for. */
export async function askServers(
  link: NatsLink,
  stream: string,
  wanted: readonly ClusterStream[] = [],
): Promise<Servers> {
  const { server, version } = link
  const api = new JetStreamApi(link)
  try {
    const [info, limits] = await Promise.all([api.info(stream), limitProblems(api, wanted)])
    return { server, version, stream, ...described(info), ...(limits.length > 0 && { limits }) }
  } catch (thrown) {
    return { server, version, stream, followers: [], fault: messageOf(thrown) }
  }
}

function described({
  config,
  state,
  cluster,
}: StreamInfo): Omit<Servers, 'server' | 'version' | 'stream' | 'limits'> {
  const { leader, replicas = [] } = cluster ?? {}
  const isUnled = cluster !== undefined && leader === undefined
  return {
    replicas: config.num_replicas,
    events: state.messages,
    bytes: state.bytes,
    ...(leader && { leader }),
    ...(isUnled && { unled: replicas.map(({ name }) => name) }),
    followers: isUnled ? [] : replicas.map(follower),
  }
}

export function follower({ name, current, offline, lag = 0, active }: StreamReplica): Follower {
  const state = offline || active > SILENT_NS ? 'offline' : current ? 'current' : 'behind'
  return { name, state, lag, silent: Math.round(active / 1000) }
}
