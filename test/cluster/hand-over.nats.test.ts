import { expect, onTestFinished, test } from 'vitest'
import { NatsLeaseBucket } from '../../src/cluster/lease-bucket.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { openNatsLink } from '../../src/storage/nats/open-link.js'
import { TestPublisher } from '../bus/fixture.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { newPrefix, openMember, storedTags, tagsOf } from './member.js'

/** Longer than the test waits for anything. */
const TTL_MS = 60_000

test('a primary that is stopped gives its lease back before it ends, and the next one leads without its expiry', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const prefix = newPrefix()
  const first = await openMember(server.address, prefix, 'first', { ttl: `${TTL_MS}ms` })
  first.start()
  await expect.poll(() => first.cluster.isPrimary).toBe(true)
  const second = await openMember(server.address, prefix, 'second', { ttl: `${TTL_MS}ms` })
  second.start()
  await expect.poll(() => second.cluster.primary?.name).toBe('first')
  const link = await openNatsLink(natsConfig.parse({ servers: [`nats://${server.address}`] }), realRuntime)
  onTestFinished(() => link.close())
  const bucket = new NatsLeaseBucket(link, { prefix, replicas: 1, ttl: TTL_MS })
  expect((await bucket.read()).record?.name).toBe('first')

  const publisher = new TestPublisher(second.hub)
  const tags = tagsOf(200, 'through-the-second')
  for (const tag of tags.slice(0, 100)) publisher.send({ tag })
  await first.cluster.stop()
  expect((await bucket.read()).record?.name).not.toBe('first')
  for (const tag of tags.slice(100)) publisher.send({ tag })
  await expect.poll(() => storedTags(second.cluster.log)).toEqual(tags)
  expect(second.cluster.isPrimary).toBe(true)
})
