import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import type { RunningSide } from './side.js'

/**
 * Starts hubs that share the log of a NATS server, the primary first. Each `cluster` has a log of its own.
 * @param window events that the primary sends before the first of them is acknowledged; default: that of hubs
 */
export async function startClusterHubs(
  bench: Bench,
  nats: RunningSide,
  cluster: string,
  count: number,
  window?: number,
): Promise<RunningSide[]> {
  const names = Array.from({ length: count }, (_, at) => `hub${at + 1}`)
  const hubs = await Promise.all(
    names.map((name) => bench.hub(configOf({ address: nats.address, cluster, name, window }))),
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

interface HubOptions {
  address: string
  cluster: string
  name: string
  window: number | undefined
}

function configOf({ address, cluster, name, window }: HubOptions): string {
  return JSON.stringify({
    listen: { http: 'off' },
    log: { engine: 'jetstream' },
    nats: { servers: [`nats://${address}`], stream: cluster, prefix: cluster, window },
    // A busy machine that stands still for a moment keeps its primary.
    cluster: { name, ttl: '20s' },
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
