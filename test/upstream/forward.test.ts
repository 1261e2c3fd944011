import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { EdgeHub, range } from './fixture.js'
import { TRANSPORTS, wayTo } from './transports.js'

describe.each(TRANSPORTS)('an edge hub over %s', (transport) => {
  it('forwards new events in order, with tag, source and body as they were', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start()
    edge.forward(await wayTo(core, transport))
    await edge.publish(1, 2, 3)
    await core.until(() => core.numbers.length === 3)
    expect(core.numbers).toEqual([1, 2, 3])
    const [here] = edge.events.filter(({ tag }) => tag === 'demo/1')
    const [there] = core.events.filter(({ tag }) => tag === 'demo/1')
    expect({ tag: there.tag, source: there.source, kind: there.kind, data: there.data }).toEqual({
      tag: here.tag,
      source: here.source,
      kind: here.kind,
      data: here.data,
    })
  })

  it('says in attributes when and where an event was published first, and in which logs it was', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start()
    edge.forward(await wayTo(core, transport))
    await edge.publish(1)
    await edge.client.publish(
      'demo/2',
      { n: 2 },
      { attributes: { type: 'demo.two', time: '2026-01-02T03:04:05Z' } },
    )
    await core.until(() => core.numbers.length === 2)
    const [first, second] = core.events.filter(({ tag }) => tag.startsWith('demo/'))
    const [here] = edge.events.filter(({ tag }) => tag === 'demo/1')
    const { epoch } = edge.hub.bus
    expect(first.attributes).toEqual({
      id: `${epoch}-${here.seq}`,
      time: new Date(Math.floor(here.time / 1000))
        .toISOString()
        .replace('Z', `${String(here.time % 1000).padStart(3, '0')}Z`),
      tocsinpath: epoch,
    })
    expect(second.attributes).toMatchObject({
      type: 'demo.two',
      time: '2026-01-02T03:04:05Z',
      tocsinpath: epoch,
    })
  })

  it('forwards the past where the configuration says so, and only what the filter matches', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start()
    await edge.publishMany(5000)
    await edge.client.publish('other/1', {}, { ack: 'durable' })
    edge.forward({ ...(await wayTo(core, transport)), from: 'start' })
    await core.until(() => core.numbers.length === 5000)
    await edge.publish(5001)
    await core.until(() => core.numbers.length === 5001)
    expect(core.numbers).toEqual(range(5001))
    expect(core.events.some(({ tag }) => tag === 'other/1')).toBe(false)
  })

  it('compresses what it forwards where the configuration says so, and loses and changes nothing', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start()
    await edge.publishMany(5000)
    const payload = randomBytes(100_000)
    await edge.client.publish('demo/5001', { n: 5001, payload }, { ack: 'durable' })
    edge.forward({ ...(await wayTo(core, transport)), from: 'start', compression: 'deflate' })
    await core.until(() => core.numbers.length === 5001)
    await edge.publish(5002)
    await core.until(() => core.numbers.length === 5002)
    expect(core.numbers).toEqual(range(5002))
    expect(core.events.find(({ tag }) => tag === 'demo/5001')?.data).toEqual({
      n: 5001,
      payload: Uint8Array.from(payload),
    })
  })

  it('and another that forward everything to each other have every event once', async () => {
    await using one = await EdgeHub.start()
    await using two = await EdgeHub.start()
    one.forward({ ...(await wayTo(two, transport)), filter: ['**'] })
    two.forward({ ...(await wayTo(one, transport)), filter: ['**'], edge: 'edge2' })
    for (const hub of [one, two])
      await hub.until(() => hub.data('hub/upstream/core').some(({ state }) => state === 'up'))
    await one.publish(1)
    await two.publish(2)
    for (const hub of [one, two]) await hub.until(() => hub.numbers.length === 2)
    // Anything that came back would arrive before the marks.
    await one.publish(3)
    await two.until(() => two.numbers.includes(3))
    await two.publish(4)
    for (const hub of [one, two]) {
      await hub.until(() => hub.numbers.includes(4))
      expect(hub.numbers.toSorted()).toEqual([1, 2, 3, 4])
    }
  })

  it('does not forward to itself', async () => {
    await using edge = await EdgeHub.start()
    edge.forward(await wayTo(edge, transport))
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_EDGE_SELF' })
  })

  it('is listed with its lag on both sides', async () => {
    await using core = await EdgeHub.start()
    await using edge = await EdgeHub.start()
    edge.forward(await wayTo(core, transport))
    await edge.publish(1, 2)
    await core.until(() => core.numbers.length === 2)
    const who = transport === 'unix' ? 'admin' : 'edge1'
    const edges = async () => (await core.client.request<{ edges: object[] }>('hub.status')).edges
    // The edge hub says from time to time what is waiting there.
    await expect.poll(edges).toEqual([
      expect.objectContaining({
        name: 'edge1',
        principal: who,
        state: 'up',
        events: 2,
        waiting: 0,
        gaps: 0,
      }),
    ])
    const { sources } = await edge.client.request<{ sources: { name: string; details: object }[] }>(
      'hub.status',
    )
    expect(sources).toEqual([expect.objectContaining({ name: 'upstream/core', state: 'up' })])
    await edge.until(() => (edge.hub.hub.sources[0].status().health?.details.waiting as number) === 0)
    const { text } = await core.client.request<{ text: string }>('metrics.read', {})
    expect(text).toContain(`tocsin_edge_up{edge="edge1",principal="${who}"} 1`)
    expect(core.data('hub/edge/edge1')).toEqual([expect.objectContaining({ state: 'up' })])
  })
})
