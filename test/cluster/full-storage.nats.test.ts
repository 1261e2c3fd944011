import { expect, onTestFinished, test } from 'vitest'
import { FullStorage } from '../../src/cluster/full-storage.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { TestPublisher } from '../bus/fixture.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { type NatsOptions, NatsServer } from '../helpers/nats-server.js'
import { newPrefix, openMember } from './member.js'

/** What an event of these tests holds, MessagePack: a binary of 100 kB. */
const body = new Uint8Array(100_000)
body.set([0xc6, 0, 1, 0x86, 0x9b])

test('without room in NATS, every hub names that as the reason until there is room', async () => {
  const options: NatsOptions = { maxStore: '2MB' }
  const server = await NatsServer.start(options)
  onTestFinished(() => server.stop())
  const prefix = newPrefix()
  const one = await openMember(server.address, prefix, 'one', { deadlineMs: 6000 })
  one.start()
  await expect.poll(() => one.cluster.isPrimary).toBe(true)
  const two = await openMember(server.address, prefix, 'two', { deadlineMs: 6000 })
  two.start()
  await expect.poll(() => two.cluster.primary?.name).toBe('one')

  const publishers = [one, two].map(({ hub }) => new TestPublisher(hub))
  for (const publisher of publishers) for (let n = 0; n < 30; n++) publisher.send({ body })
  for (const publisher of publishers)
    await expect
      .poll(() => publisher.told.find(([what]) => what === 'refused'))
      .toEqual(['refused', expect.any(Number), 'TCN_NATS_FULL', 'accept'])
  for (const { cluster } of [one, two]) {
    await expect.poll(() => cluster.full?.code).toBe('TCN_NATS_FULL')
    await expect.poll(() => cluster.fault?.message).toContain('the storage of NATS is full')
    // Each event is refused when it has waited for long enough.
    await expect.poll(() => cluster.waiting).toBe(0)
    expect(cluster.log.stats.fault?.code).toBe('TCN_NATS_FULL')
  }

  options.maxStore = '100MB'
  await server.kill('SIGTERM')
  await server.start()
  for (const publisher of publishers) {
    publisher.send({ tag: 'afterwards' })
    await expect.poll(() => publisher.told.at(-1)?.[0]).toBe('accepted')
  }
  for (const { cluster } of [one, two])
    await expect.poll(() => [cluster.full, cluster.fault]).toEqual([undefined, undefined])
})

test('storage that has refused nothing for a while may have room again, though nobody has stored anything', async () => {
  const clock = new FakeRuntime()
  const storage = new FullStorage(clock)
  const error = new TocsinError('TCN_NATS_FULL')
  storage.refused(error)
  await clock.pass(20_000)
  expect(storage.error).toBe(error)
  storage.refused(error)
  await clock.pass(20_000)
  expect(storage.error).toBe(error)
  await clock.pass(10_000)
  expect(storage.error).toBeUndefined()
  storage.refused(error)
  expect([storage.stored(), storage.stored()]).toEqual([true, false])
  expect(storage.error).toBeUndefined()
})
