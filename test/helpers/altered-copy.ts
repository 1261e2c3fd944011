import { cpSync, rmSync } from 'node:fs'
import { JetStreamApi } from '../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import type { NatsCluster } from './nats-cluster.js'
import { NatsServer } from './nats-server.js'
import { realRuntime } from './real-runtime.js'

/**
 * Makes the copy that a node has of a stream another one than the others have, as faults of older servers do: a server of
 * its own serves that copy for as long as `change` takes.
 */
export async function alterCopy(
  cluster: NatsCluster,
  name: string,
  stream: string,
  change: (api: JetStreamApi, link: NatsLink) => Promise<void>,
): Promise<void> {
  const { config } = await withLink(cluster.addresses, (api) => api.info(stream))
  const node = cluster.node(name)
  await node.kill('SIGTERM')
  const alone = await NatsServer.start({ program: 'current nats-server' })
  try {
    await withLink([alone.address], (api) => api.create({ ...config, num_replicas: 1 }))
    await alone.kill('SIGTERM')
    move(node.messagesOf(stream), alone.messagesOf(stream))
    await alone.start()
    await withLink([alone.address], change)
    await alone.kill('SIGTERM')
    move(alone.messagesOf(stream), node.messagesOf(stream))
  } finally {
    await alone.stop()
  }
  await node.start()
}

function move(from: string, to: string): void {
  rmSync(to, { recursive: true })
  cpSync(from, to, { recursive: true })
}

async function withLink<Result>(
  servers: string[],
  use: (api: JetStreamApi, link: NatsLink) => Promise<Result>,
): Promise<Result> {
  const link = await NatsLink.open({ runtime: realRuntime, servers })
  try {
    return await use(new JetStreamApi(link), link)
  } finally {
    await link.close()
  }
}
