import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { TestPublisher } from '../bus/fixture.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { type Member, newPrefix, openMember, storedTags, tagsOf } from './member.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

const LONG = { timeout: 30_000, interval: 20 }

/** Opens hubs of one cluster, of which the first is the primary. */
async function cluster(count: number, options = {}): Promise<Member[]> {
  const prefix = newPrefix()
  const members: Member[] = []
  for (let nth = 0; nth < count; nth++)
    members.push(await openMember(server.address, prefix, `hub${nth}`, options))
  members[0].start()
  await expect.poll(() => members[0].cluster.isPrimary, LONG).toBe(true)
  for (const member of members.slice(1)) member.start()
  await known(members, members[0])
  await expect
    .poll(() => members.map(({ cluster }) => cluster.members.list.length), LONG)
    .toEqual(members.map(() => count))
  return members
}

function known(members: readonly Member[], primary: Member): Promise<void> {
  const { id } = primary.cluster.self
  return expect
    .poll(() => members.map(({ cluster }) => cluster.primary?.id), LONG)
    .toEqual(members.map(() => id))
}

/** Resolves with the counter and seq of the last event that was accepted. */
async function accepted(publisher: TestPublisher, counter: number): Promise<number> {
  let seq = -1
  await expect
    .poll(() => {
      for (const [what, upTo, at] of publisher.told)
        if (what === 'accepted' && upTo === counter) seq = at as number
      return seq
    }, LONG)
    .toBeGreaterThanOrEqual(0)
  return seq
}

describe('a hub that is not the primary', () => {
  test('publishes through it, and accepts what is stored and has arrived', async () => {
    const [primary, other] = await cluster(2)
    const publisher = new TestPublisher(other.hub, { producer: 'p' })
    publisher.send(...tagsOf(1000, 'a').map((tag) => ({ tag })))
    const seq = await accepted(publisher, 1000)
    expect(seq).toBe(other.cluster.log.last)
    expect(await storedTags(other.cluster.log)).toEqual(tagsOf(1000, 'a'))
    await expect.poll(() => primary.cluster.log.last).toBe(seq)
    expect(primary.hub.bus.publishers.lastOf('admin/p')).toBe(1000)
  })

  test('learns the counters of producers from the stream', async () => {
    const [primary, other] = await cluster(2)
    const publisher = new TestPublisher(primary.hub, { producer: 'p' })
    publisher.send({}, {}, {})
    const seq = await accepted(publisher, 3)
    await expect.poll(() => other.cluster.log.last).toBe(seq)
    expect(new TestPublisher(other.hub, { producer: 'p' }).api.lastCounter).toBe(3)
    const late = await openMember(server.address, primary.prefix, 'late')
    expect(new TestPublisher(late.hub, { producer: 'p' }).api.lastCounter).toBe(3)
  })

  test('does not store again what was published through another hub before', async () => {
    const [, one, two] = await cluster(3)
    const before = new TestPublisher(one.hub, { producer: 'p' })
    const after = new TestPublisher(two.hub, { producer: 'p' })
    const frames = tagsOf(6, 'a').map((tag) => before.frame({ tag }))
    before.sendBytes(Buffer.concat(frames.slice(0, 4)))
    // The second hub knows nothing of them yet.
    after.sendBytes(Buffer.concat(frames))
    const seq = await accepted(after, 6)
    expect(await storedTags(two.cluster.log)).toEqual(tagsOf(6, 'a'))
    expect(seq).toBe(two.cluster.log.last)
  })

  test('sends a batch that is too long for one message in parts', async () => {
    const [, other] = await cluster(2)
    const publisher = new TestPublisher(other.hub)
    const body = new Uint8Array(100_000).fill(0xc0)
    body.set([0xc6, 0, 1, 0x86, 0x9b])
    publisher.send(...tagsOf(30, 'a').map((tag) => ({ tag, body })))
    await accepted(publisher, 30)
    expect(await storedTags(other.cluster.log)).toEqual(tagsOf(30, 'a'))
  })
})

test('every hub knows what another one has refused, and so does one that starts later', async () => {
  const [primary, other] = await cluster(2)
  const publisher = new TestPublisher(other.hub, { producer: 'p' })
  publisher.send({ tag: 'a' }, { tag: '' }, { tag: 'b' })
  await accepted(publisher, 3)
  const late = await openMember(server.address, primary.prefix, 'late')
  for (const { hub } of [primary, other, late]) {
    const { api } = new TestPublisher(hub, { producer: 'p' })
    expect(api.lastCounter).toBe(3)
    expect(api.refusals?.after(0)).toEqual([{ first: 2, last: 2, code: 'TCN_TAG_EMPTY' }])
  }
})

describe('a change of the primary', () => {
  test('loses and doubles nothing, and keeps the order of each publisher', async () => {
    const members = await cluster(3, { window: 16 })
    const publishers = members.flatMap(({ hub }, nth) => [
      { name: `named${nth}`, publisher: new TestPublisher(hub, { producer: `p${nth}` }) },
      { name: `bare${nth}`, publisher: new TestPublisher(hub) },
    ])
    let sent = 0
    const publish = () => {
      for (const { name, publisher } of publishers) publisher.send({ tag: `${name}/${sent}` })
      sent++
    }
    const until = async (condition: () => boolean) => {
      while (!condition()) {
        publish()
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    for (let nth = 1; nth <= 20; nth++) publish()
    const { after } = await members[0].cluster.stepDown()
    const second = members.find(({ cluster }) => cluster.self.id === after.id)!
    const start = second.cluster.log.last
    await until(() => second.cluster.log.last > start + 200)
    const stepped = second.cluster.stepDown()
    await until(() => !second.cluster.isPrimary)
    await stepped
    publish()
    for (const { publisher } of publishers) await accepted(publisher, sent)
    const tags = await storedTags(members[0].cluster.log)
    for (const { name } of publishers)
      expect(tags.filter((tag) => tag.startsWith(`${name}/`))).toEqual(tagsOf(sent, name))
  })

  test('comes about when the primary is cut off, whose own events follow later', async () => {
    const prefix = newPrefix()
    const proxy = await HeldProxy.start(server.address)
    onTestFinished(() => proxy.stop())
    const first = await openMember(proxy.address, prefix, 'first')
    first.start()
    await expect.poll(() => first.cluster.isPrimary, LONG).toBe(true)
    const second = await openMember(server.address, prefix, 'second')
    second.start()
    await known([second], first)
    proxy.cut()
    const [cutOff, publisher] = [new TestPublisher(first.hub), new TestPublisher(second.hub)]
    cutOff.send(...tagsOf(50, 'cut').map((tag) => ({ tag })))
    publisher.send(...tagsOf(50, 'on').map((tag) => ({ tag })))
    await accepted(publisher, 50)
    expect(second.cluster.isPrimary).toBe(true)
    expect(first.cluster.isPrimary).toBe(false)
    expect(await storedTags(second.cluster.log)).toEqual(tagsOf(50, 'on'))
    proxy.mend()
    await accepted(cutOff, 50)
    expect(await storedTags(second.cluster.log)).toEqual([...tagsOf(50, 'on'), ...tagsOf(50, 'cut')])
  })
})

describe('without a primary', () => {
  test('publishers are told after a deadline, and what they publish later is stored', async () => {
    const member = await openMember(server.address, newPrefix(), 'hub', { deadlineMs: 300 })
    const publisher = new TestPublisher(member.hub)
    publisher.send({ tag: 'lost' })
    await expect
      .poll(() => publisher.told[0], LONG)
      .toEqual(['refused', 1, 'TCN_CLUSTER_NO_PRIMARY', 'accept'])
    member.start()
    await expect.poll(() => member.cluster.isPrimary, LONG).toBe(true)
    publisher.send({ tag: 'kept' })
    await accepted(publisher, 2)
    expect(await storedTags(member.cluster.log)).toEqual(['kept'])
  })

  test('what a producer published later is given up with the first of it, and nothing is passed over', async () => {
    const member = await openMember(server.address, newPrefix(), 'hub', { deadlineMs: 1500 })
    const early = new TestPublisher(member.hub, { producer: 'p' })
    early.send({ tag: 'a/0' })
    await new Promise((resolve) => realRuntime.after(750, () => resolve(undefined)))
    early.send({ tag: 'a/1' })
    await expect.poll(() => early.told, LONG).toEqual([['closed', 'TCN_CLUSTER_NO_PRIMARY']])
    member.start()
    await expect.poll(() => member.cluster.isPrimary, LONG).toBe(true)
    const again = new TestPublisher(member.hub, { producer: 'p' })
    expect(again.api.lastCounter).toBe(0)
    again.send({ tag: 'a/0' }, { tag: 'a/1' })
    await accepted(again, 2)
    expect(await storedTags(member.cluster.log)).toEqual(['a/0', 'a/1'])
  })

  test("the hub's own events wait for one", async () => {
    const member = await openMember(server.address, newPrefix(), 'hub', { deadlineMs: 300 })
    expect(member.hub.bus.emit({ tag: 'hub/a', data: 1 })).toBe(true)
    member.start()
    await member.hub.bus.settled()
    expect(await storedTags(member.cluster.log)).toEqual(['hub/a'])
  })

  test('events are refused at once when too many wait, and stored once more may wait', async () => {
    let most = 1000
    const member = await openMember(server.address, newPrefix(), 'hub', { maxBytes: () => most })
    const sent = Array.from({ length: 100 }, () =>
      member.hub.bus.emit({ tag: 'hub/a', data: 'x'.repeat(100) }),
    )
    expect(sent.filter(Boolean).length).toBeLessThan(20)
    expect(sent[0]).toBe(true)
    most = 1_000_000
    expect(member.hub.bus.emit({ tag: 'hub/b', data: 1 })).toBe(true)
  })
})

test('a hub that follows knows whether the primary of that term answers', async () => {
  const [one, two] = await cluster(2)
  const { primary } = one.cluster
  await two.cluster.greet(primary!)
  await expect(two.cluster.greet({ ...primary!, term: primary!.term + 1 })).rejects.toMatchObject({
    code: 'TCN_CLUSTER_NO_PRIMARY',
  })
})

test('a hub says that it cannot store events when it has known of no primary for a while', async () => {
  const runtime = { ...realRuntime, monotonic: () => realRuntime.monotonic() * 20 }
  const { cluster, start } = await openMember(server.address, newPrefix(), 'one', { runtime })
  expect(cluster.log.stats.fault).toBeUndefined()
  await expect.poll(() => cluster.log.stats.fault?.code).toBe('TCN_CLUSTER_NO_PRIMARY')
  start()
  await expect.poll(() => cluster.log.stats.fault, { timeout: 20_000 }).toBeUndefined()
})

test('a hub with the name of another one that runs is refused, until that one has gone', async () => {
  const prefix = newPrefix()
  const first = await openMember(server.address, prefix, 'one')
  await expect(openMember(server.address, prefix, 'one')).rejects.toMatchObject({ code: 'TCN_CLUSTER_NAME' })
  await openMember(server.address, prefix, 'two')
  await first.cluster.stop()
  await openMember(server.address, prefix, 'one')
})
