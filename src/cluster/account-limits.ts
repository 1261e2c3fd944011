import type { AccountInfo, JetStreamApi } from '../storage/nats/jetstream-api.js'
import type { ClusterStream } from './streams.js'

/** Consumers of one stream that some hubs and their replays need. */
const FEW_CONSUMERS = 32

/** Says for which limits of its account in NATS a cluster cannot have what it needs; nothing if NATS does not say its limits. */
export async function limitProblems(api: JetStreamApi, wanted: readonly ClusterStream[]): Promise<string[]> {
  if (wanted.length === 0) return []
  const [account, names] = await Promise.all([api.account(), api.names()]).catch(() => [])
  if (account === undefined || names === undefined) return []
  const missing = wanted.filter(({ config }) => !names.includes(config.name))
  return [...streamProblems(account, missing), ...consumerProblems(account, wanted)]
}

function streamProblems(account: AccountInfo, missing: readonly ClusterStream[]): string[] {
  if (missing.length === 0) return []
  const { config } = missing[0]
  const { streams, limits } = useOf(account, config.num_replicas)
  const isFull = limits.max_streams > 0 && streams + missing.length > limits.max_streams
  const inMemory = missing.find((stream) => stream.config.storage === 'memory')
  return [
    ...(isFull
      ? [
          `the account of the hubs in NATS has ${streams} of at most ${limits.max_streams} streams, and the cluster needs ${missing.length} more: raise max_streams`,
        ]
      : []),
    ...(inMemory !== undefined && limits.max_memory === 0
      ? [
          `the account of the hubs in NATS stores nothing in memory, where ${inMemory.config.name} must be: raise max_mem`,
        ]
      : []),
  ]
}

function consumerProblems(account: AccountInfo, [{ config }]: readonly ClusterStream[]): string[] {
  const { max_consumers: most } = useOf(account, config.num_replicas).limits
  if (most <= 0 || most >= FEW_CONSUMERS) return []
  return [
    `a stream in the account of the hubs in NATS has at most ${most} consumers, of which each hub needs one, and each replay: raise max_consumers`,
  ]
}

function useOf({ tiers, ...whole }: AccountInfo, replicas: number) {
  return tiers?.[`R${replicas}`] ?? whole
}
