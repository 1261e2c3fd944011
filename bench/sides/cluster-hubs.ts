import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import type { RunningSide } from './side.js'

/** Starts hubs that share the log of a NATS server, the primary first. Each `cluster` has a log of its own. */
export async function startClusterHubs(
  bench: Bench,
  nats: RunningSide,
  cluster: string,
  count: number,
): Promise<RunningSide[]> {
  const names = Array.from({ length: count }, (_, at) => `hub${at + 1}`)
  const hubs = await Promise.all(
    names.map((name) => bench.hub(configOf({ address: nats.address, cluster, name }))),
  )
  const primaries: string[] = []
  for (const { address } of hubs) primaries.push(await primaryAt(address))
  const primary = names.indexOf(primaries[0])
  return [hubs[primary], ...hubs.filter((_, at) => at !== primary)]
}

/** A side whose events go in at the first hub, and out at the second one, whose processor time counts. */
export function throughTwo([first, second]: readonly RunningSide[]): RunningSide {
  const address = JSON.stringify([first.address, second.address])
  return { ...second, name: 'tocsin-two-hubs', address }
}

function configOf({ address, cluster, name }: { address: string; cluster: string; name: string }): string {
  return JSON.stringify({
    listen: { http: 'off' },
    log: { engine: 'jetstream' },
    nats: { servers: [`nats://${address}`], stream: cluster, prefix: cluster },
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
