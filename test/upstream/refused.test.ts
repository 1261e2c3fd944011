import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EdgeHub } from './fixture.js'
import { TRANSPORTS, wayTo } from './transports.js'

const WITH_TOKEN = TRANSPORTS.filter((transport) => transport !== 'unix')

const ofEdge = { publish: '*', source: 'host/edge1' }

describe.each(WITH_TOKEN)('an edge hub with a token over %s', (transport) => {
  it('reports events that it may not publish there as lost, and forwards all others', async () => {
    await using core = await EdgeHub.start()
    const way = await wayTo(core, transport, ofEdge)
    await using edge = await EdgeHub.start()
    edge.forward(way)
    const publish = (tag: string, n: number, source: string) =>
      edge.client.publish(tag, { n }, { source, ack: 'durable' })
    await publish('demo/1', 1, 'host/edge1/app')
    await publish('demo/2', 2, 'host/other')
    await publish('demo/3', 3, 'host/edge1')
    await publish('demo/4', 4, 'host/other')
    await edge.until(() => edge.data('hub/gap/upstream/core').length > 0)
    expect(core.numbers).toEqual([1, 3])
    expect(edge.data('hub/gap/upstream/core')).toEqual([
      expect.objectContaining({ count: 2, reason: expect.stringContaining('TCN_ORIGIN_FOREIGN') }),
    ])
    await edge.until(() => edge.hub.hub.sources[0].status().health?.details.waiting === 0)
  })

  it('says so once if the token is wrong, and the core tells who was refused', async () => {
    await using core = await EdgeHub.start()
    const way = await wayTo(core, transport, ofEdge)
    await using edge = await EdgeHub.start()
    const refused: object[] = []
    core.hub.hub.observers.edges.observe({
      attached() {},
      detached() {},
      refused: (login) => refused.push(login),
    })
    writeFileSync(way.tokenFile!, 'tcn_wrong')
    edge.forward(way)
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_ACCESS_TOKEN' })
    const [status] = edge.hub.hub.sources.map((source) => source.status())
    expect(status.health).toMatchObject({ state: 'degraded', details: { code: 'TCN_ACCESS_TOKEN' } })
    expect(refused).toEqual([expect.objectContaining({ name: 'edge1' })])
  })

  it('without the right to publish is no edge hub, and reports nothing there', async () => {
    await using core = await EdgeHub.start()
    const way = await wayTo(core, transport, { see: '*' })
    await using edge = await EdgeHub.start()
    edge.forward(way)
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_ACCESS_DENIED' })
    expect(core.events.filter(({ tag }) => tag.startsWith('hub/edge/'))).toEqual([])
  })

  it('reports a missing file of the token', async () => {
    await using core = await EdgeHub.start()
    const way = await wayTo(core, transport, ofEdge)
    await using edge = await EdgeHub.start()
    edge.forward({ ...way, tokenFile: `${way.tokenFile}.none` })
    await edge.until(() => edge.data('hub/upstream/core').length > 0)
    expect(edge.data('hub/upstream/core')[0]).toMatchObject({ state: 'down', code: 'TCN_FILE_UNREADABLE' })
  })
})
