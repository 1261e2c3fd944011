import { JetStreamApi, type StreamInfo } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { NatsFault } from '../../storage/nats/nats-fault.js'
import { persist } from '../../storage/nats/persist.js'
import { follower } from '../servers.js'
import type { ClusterStream } from '../streams.js'
import { type ComparedRange, compareCopies } from './compare-copies.js'
import type { Difference, Differences } from './differences.js'

/** Messages and bytes that are read of a server at once, if the messages are as large as most of the stream. */
const MAX_MESSAGES = 500
const MIN_MESSAGES = 8
const WANTED_BYTES = 2 ** 20
/** A difference counts if it is still there when it is looked at again so often, after such a pause, ms. */
const LOOKS = 3
const PAUSE_MS = 1000

/** The result of comparing the copies of one stream. */
export interface VerifiedStream {
  stream: string
  /** The purpose of the stream, in words. */
  holds: string
  /**
   * `single`: only one server stores it. `absent`: no hub has needed it yet. `incomplete`: not all servers could be compared.
   */
  result: 'equal' | 'different' | 'incomplete' | 'single' | 'absent'
  /** Why the stream could not be looked at. */
  fault?: string
  /** The range that was compared. Without messages, the first is the one to come. */
  first?: number
  last?: number
  messages: number
  servers: VerifiedServer[]
  /** Number of places that differ. */
  places: number
  differences: Difference[]
}

export interface VerifiedServer {
  server: string
  leads?: true
  /** Why it was not compared. */
  fault?: string
}

export interface VerifyOptions {
  link: NatsLink
  signal: AbortSignal
  /** Called again and again with how many messages of the stream were compared. Resolves when there is time for more. */
  progress(stream: string, compared: number, total: number): Promise<void>
}

export async function verifyStream(
  { config: { name: stream }, holds }: ClusterStream,
  options: VerifyOptions,
): Promise<VerifiedStream> {
  const nothing = { stream, holds, messages: 0, servers: [], places: 0, differences: [] }
  try {
    const info = await persist(options.link, () => infoOf(options.link, stream))
    if (info === undefined) return { ...nothing, result: 'absent' }
    return { stream, holds, ...(await verified(stream, info, options)) }
  } catch (thrown) {
    if (!NatsFault.is(thrown)) throw thrown
    return { ...nothing, result: 'incomplete', fault: thrown.message }
  }
}

/** A stream without a leader is being moved to another one. */
async function infoOf(link: NatsLink, stream: string): Promise<StreamInfo | undefined> {
  const info = await new JetStreamApi(link).find(stream)
  if (info?.cluster !== undefined && info.cluster.leader === undefined)
    throw new NatsFault('unreachable', 'no server leads it')
  return info
}

async function verified(
  stream: string,
  info: StreamInfo,
  options: VerifyOptions,
): Promise<Omit<VerifiedStream, 'stream' | 'holds'>> {
  const { state } = info
  const servers = serversOf(info)
  const { first_seq: first, last_seq: last } = state
  const ends = { first, last, messages: state.messages, servers, places: 0, differences: [] }
  if (servers.length < 2) return { ...ends, result: 'single' }
  if (state.messages === 0)
    return { ...ends, result: servers.some(({ fault }) => fault) ? 'incomplete' : 'equal' }
  const { messages, differences } = await lookAgain(stream, info, servers, options)
  const isWhole = servers.every(({ fault }) => fault === undefined)
  const result = differences.places > 0 ? 'different' : isWhole ? 'equal' : 'incomplete'
  return { ...ends, messages, result, places: differences.places, differences: differences.ranges }
}

/**
 * Servers take what is written, and remove what is too old, one after another: a place that differs is looked at again.
 * Marks the servers that cannot be read.
 */
async function lookAgain(
  stream: string,
  { state }: StreamInfo,
  servers: VerifiedServer[],
  { link, signal, progress }: VerifyOptions,
): Promise<{ messages: number; differences: Differences }> {
  const target = { link, api: new JetStreamApi(link), stream, signal }
  const count = Math.ceil((WANTED_BYTES * state.messages) / Math.max(1, state.bytes))
  const size = Math.min(MAX_MESSAGES, Math.max(MIN_MESSAGES, count))
  let range: ComparedRange = { from: state.first_seq, to: state.last_seq }
  let known: Differences | undefined
  let messages = 0
  for (let look = 1; ; look++) {
    const before = known
    const found = await compareCopies(target, {
      ...range,
      count: size,
      signal,
      servers: servers.filter(({ fault }) => fault === undefined).map(({ server }) => server),
      mayDiffer: before && ((seq) => before.has(seq)),
      progress: async (places) => {
        if (look > 1) return
        messages += places
        await progress(stream, messages, state.messages)
      },
    })
    for (const server of servers) server.fault ??= found.faults.get(server.server)
    const { ranges, places } = found.differences
    if (places === 0 || look === LOOKS) return { messages, differences: found.differences }
    known = found.differences
    range = { from: ranges[0].from, to: ranges[ranges.length - 1].to }
    await new Promise<void>((resolve) => void link.runtime.after(PAUSE_MS, resolve))
  }
}

/** A server without a cluster says nothing of servers. */
function serversOf({ cluster }: StreamInfo): VerifiedServer[] {
  if (cluster?.leader === undefined) return []
  const others = (cluster.replicas ?? []).map((replica): VerifiedServer => {
    const { name: server, state } = follower(replica)
    return { server, ...(state === 'offline' && { fault: 'it is offline' }) }
  })
  const leader: VerifiedServer = { server: cluster.leader, leads: true }
  return [leader, ...others].sort((one, other) => (one.server < other.server ? -1 : 1))
}
