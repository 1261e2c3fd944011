import { describe, expect, it } from 'vitest'
import { EdgeHub, range } from './fixture.js'
import { TRANSPORTS, wayTo } from './transports.js'

const small = { config: { log: { ring: '2MiB' } } }
const payload = new Uint8Array(1000)

/** Publishes events that are removed from a small log soon. */
async function publishLong(edge: EdgeHub, count: number, from: number): Promise<void> {
  const events = range(count, from).map((n) => ({ tag: `demo/${n}`, data: { n, payload } }))
  await edge.client.publishBatch(events, { ack: 'durable' })
}

const isSafe = (edge: EdgeHub) => () => edge.hub.hub.sources.at(-1)!.status().health?.details.waiting === 0

describe.each(TRANSPORTS)('events that an edge hub cannot forward over %s', (transport) => {
  it('because retention has removed them are a gap event of the core, once and in order', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start(small)
    const way = await wayTo(core, transport)
    const runner = edge.forward(way)
    await edge.publish(1)
    await core.until(() => core.numbers.length === 1)
    await edge.until(isSafe(edge))
    await runner.stop()
    await publishLong(edge, 6000, 2)
    edge.forward(way)
    await core.until(() => core.numbers.at(-1) === 6001)
    const [gap, ...others] = core.data('hub/gap/edge/edge1')
    expect(others).toEqual([])
    expect(gap).toMatchObject({ source: 'edge/edge1', reason: 'expired' })
    const { first, last, count } = gap as { first: number; last: number; count: number }
    expect(count).toBe(last - first + 1)
    const [one, next] = core.numbers
    expect([one, ...core.numbers.slice(1)]).toEqual([1, ...range(6001 - next + 1, next)])
    const tags = core.events.map(({ tag }) => tag)
    expect(tags.indexOf('hub/gap/edge/edge1')).toBeLessThan(tags.indexOf(`demo/${next}`))
    const { edges } = await core.client.request<{ edges: { gaps: number }[] }>('hub.status')
    expect(edges[0].gaps).toBe(1)
  })

  it('because they have waited longer than the configuration allows are a gap, too', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start()
    await edge.publish(...range(5))
    await edge.until(
      () => edge.hub.hub.bus.last >= 5 && Date.now() * 1000 - edge.events.at(-1)!.time > 1_000_000,
    )
    edge.forward({ ...(await wayTo(core, transport)), from: 'start', maxAge: '1s' })
    // On a busy machine, those that are published before the connection is open may have waited too long as well.
    let last = 5
    const arrived = async () => {
      await edge.publish(++last)
      return core.numbers.length
    }
    await expect.poll(arrived, { interval: 100 }).toBeGreaterThan(0)
    const [first] = core.numbers
    expect(first).toBeGreaterThan(5)
    const before = core.events.findIndex(({ tag }) => tag === `demo/${first}`)
    const gaps = core.events.slice(0, before).filter(({ tag }) => tag === 'hub/gap/edge/edge1')
    const found = gaps.map(({ data }) => data as { reason: string; first: number; last: number })
    expect(new Set(found.map(({ reason }) => reason))).toEqual(new Set(['skipped']))
    // A busy hub has events of its own in between.
    await edge.until(() => edge.numbers.includes(first))
    const seqOf = (n: number) => edge.events.find(({ tag }) => tag === `demo/${n}`)!.seq
    const isNamed = (n: number) => found.some((gap) => gap.first <= seqOf(n) && seqOf(n) <= gap.last)
    expect(range(first).map(isNamed)).toEqual(range(first).map((n) => n < first))
  })
})

it('a hub forwards to two others, each at its own pace', async () => {
  await using one = await EdgeHub.start()
  await using two = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  edge.forward({ servers: [one.hub.address] })
  const second = edge.forward({ servers: [two.hub.address], name: 'second' })
  await edge.publish(1)
  for (const core of [one, two]) await core.until(() => core.numbers.length === 1)
  await second.stop()
  await edge.publish(2, 3)
  await one.until(() => one.numbers.length === 3)
  edge.forward({ servers: [two.hub.address], name: 'second' })
  await two.until(() => two.numbers.length === 3)
  expect(two.numbers).toEqual([1, 2, 3])
})
