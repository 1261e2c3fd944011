import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import type { RunningSide } from './side.js'

export interface ClusterOptions {
  /** Number of hubs. */
  count: number
  /** Events that the primary sends before the first of them is acknowledged; default: that of hubs. */
  window?: number
  /** Default: 1. */
  replicas?: number
  /** Time to live of the lease. By default a busy machine that stands still for a moment keeps its primary. */
  ttl?: string
}

/**
 * Starts hubs that share a log in NATS, the primary first. Each `cluster` has a log of its own.
 * @param nats the addresses of its servers, with commas between them
 */
export async function startClusterHubs(
  bench: Bench,
  nats: Pick<RunningSide, 'address'>,
  cluster: string,
  options: ClusterOptions,
): Promise<RunningSide[]> {
  const names = Array.from({ length: options.count }, (_, at) => `hub${at + 1}`)
  const hubs = await Promise.all(
    names.map((name) => bench.hub(configOf(name, { ...options, cluster, address: nats.address }))),
  )
  const primaries: string[] = []
  for (const { address } of hubs) primaries.push(await primaryAt(address))
  const primary = names.indexOf(primaries[0])
  return [hubs[primary], ...hubs.filter((_, at) => at !== primary)]
}

/** A side whose events go in at the first hub, and out at the second one. */
export function throughTwo(nats: RunningSide, [first, second]: readonly RunningSide[]): RunningSide {
  const address = JSON.stringify([first.address, second.address])
  const processes = { 'nats-server': nats.pid, 'first hub': first.pid, 'second hub': second.pid }
  return { ...second, name: 'tocsin-two-hubs', address, processes }
}

function configOf(
  name: string,
  { address, cluster, window, replicas, ttl = '20s' }: ClusterOptions & { address: string; cluster: string },
): string {
  const servers = address.split(',').map((server) => `nats://${server}`)
  return JSON.stringify({
    listen: { http: 'off' },
    log: { engine: 'jetstream' },
    nats: { servers, stream: cluster, prefix: cluster, window, replicas },
    cluster: { name, ttl },
  })
}

/** Resolves with the name of the primary, as soon as the hub knows one. */
async function primaryAt(address: string): Promise<string> {
  const client = await connect({ address })
  let name: string | undefined
  await until('a hub is the primary', async () => {
    name = (await client.request('hub.status', {})).cluster?.primary
    return name !== undefined
  })
  await client.close()
  return name!
}
