import { expect, onTestFinished, test } from 'vitest'
import { natsConfig } from '../../src/storage/nats/config.js'
import { openNatsLink } from '../../src/storage/nats/open-link.js'
import { TestPublisher } from '../bus/fixture.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { newPrefix, openMember, storedTags } from './member.js'

/** Longer than a lease of 5 s lasts. */
const STANDSTILL_MS = 4500

test('a hub that stood still and leads again keeps its lease, although its term before ends only then', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  let stoodStill = 0
  const runtime = { ...realRuntime, monotonic: () => realRuntime.monotonic() + stoodStill }
  const prefix = newPrefix()
  const { cluster, hub, start } = await openMember(server.address, prefix, 'hub', { runtime })
  const link = await openNatsLink(natsConfig.parse({ servers: [`nats://${server.address}`] }), realRuntime)
  onTestFinished(() => link.close())
  let givenBack = 0
  link.subscribe(`${prefix}.hubs.free`, () => void givenBack++)
  const terms: number[] = []
  start({ leads: (term) => void terms.push(term) })
  await expect.poll(() => cluster.isPrimary).toBe(true)

  stoodStill = STANDSTILL_MS
  await expect.poll(() => [terms.length, cluster.isPrimary]).toEqual([2, true])
  const publisher = new TestPublisher(hub)
  publisher.send({ tag: 'afterwards' })
  await expect.poll(() => storedTags(cluster.log)).toEqual(['afterwards'])
  expect([givenBack, cluster.term]).toEqual([1, terms[1]])
})
