import { expect, onTestFinished, test } from 'vitest'
import { clusterConfig } from '../../../../src/cluster/config.js'
import { clusterStreams, prepareStream } from '../../../../src/cluster/streams.js'
import type { ClusterVerifyReport } from '../../../../src/methods/contract/index.js'
import { natsConfig } from '../../../../src/storage/nats/config.js'
import { JetStreamApi } from '../../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../../src/storage/nats/link.js'
import { alterCopy } from '../../../helpers/altered-copy.js'
import { startClusterHub } from '../../../helpers/cluster-hub.js'
import { NatsCluster } from '../../../helpers/nats-cluster.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { runCommand } from '../../../helpers/run-cli.js'

const PATIENCE = { timeout: 180_000 }
const PREFIX = 'verified'

async function start() {
  const nats = await NatsCluster.start()
  onTestFinished(() => nats.stop())
  const link = await NatsLink.open({ runtime: realRuntime, servers: nats.addresses })
  onTestFinished(() => link.close())
  const api = new JetStreamApi(link)
  const config = natsConfig.parse({ prefix: PREFIX, stream: PREFIX, replicas: 3 })
  const streams = clusterStreams(config, clusterConfig.parse({}))
  for (const stream of streams) await prepareStream(api, stream, false)
  const odd = await nats.followerOf(PREFIX)
  const near = nats.node(nats.names.find((name) => name !== odd)!).address
  const hub = await startClusterHub(near, PREFIX, 'one', '20s')
  const verify = async (...options: string[]) =>
    await runCommand(['cluster', 'verify', '--url', hub.address, ...options])
  return { nats, hub, odd, streams, verify }
}

test(
  'verify says that all servers have the same, and which one has something else where',
  PATIENCE,
  async () => {
    const { nats, hub, odd, streams, verify } = await start()
    const client = await hub.client()
    for (const tag of ['demo/one', 'demo/two', 'demo/three']) await client.publish(tag, 1, { ack: 'durable' })
    const event = hub.hub.bus.log.last
    await nats.inStep(PREFIX)
    const sound = await verify()
    expect(sound.stdout).toContain('all servers have the same')
    expect(sound.stdout).toContain('n1 n2 n3')
    expect(sound.code).toBe(0)

    await alterCopy(nats, odd, PREFIX, async (alone) => alone.removeMessage(PREFIX, event))
    await nats.inStep(PREFIX)
    const others = nats.names.filter((name) => name !== odd)
    const { code, stdout } = await verify()
    expect(code).toBe(1)
    expect(stdout).toContain(`different: ${PREFIX} @${event}`)
    expect(stdout).toContain(`@${event} at ${others.join(', ')}: ${PREFIX}.event.demo.three, stored `)
    expect(stdout).toContain(`@${event} at ${odd}: nothing`)
    expect(stdout).toContain(`1 of ${streams.length} streams differ`)

    const json = await verify('--format', 'json')
    const report: ClusterVerifyReport = JSON.parse(json.stdout)
    expect(json.code).toBe(1)
    expect(report).toMatchObject({ result: 'different', hubs: [{ hub: 'one', result: 'equal' }] })
    expect(report.streams[0]).toMatchObject({ stream: PREFIX, result: 'different', places: 1 })
  },
)
