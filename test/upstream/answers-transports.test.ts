import { expect, it } from 'vitest'
import { iterateFrames } from '../../src/event/event.js'
import { EdgeHub } from './fixture.js'
import { TRANSPORTS, wayTo } from './transports.js'

it.each(TRANSPORTS)(
  'an edge hub that has attached over %s answers with events of any size, and is followed',
  async (transport) => {
    await using core = await EdgeHub.start({ http: transport.startsWith('ws') })
    await using edge = await EdgeHub.start()
    const way = await wayTo(core, transport)
    edge.forward({ ...way, edge: 'edge1', filter: ['none/'], answers: { see: '*', monitor: true } })
    await core.until(() => core.data('hub/edge/edge1').length > 0)
    await edge.publishMany(300)
    await edge.client.publish('demo/301', { n: 301, text: 'x'.repeat(300_000) }, { ack: 'durable' })
    const seen: number[] = []
    const abort = new AbortController()
    const params = { edges: 'edge1', filters: ['demo/'], follow: true }
    const reading = (async () => {
      for await (const part of core.client.requestParts('edges.read', params, { signal: abort.signal }))
        for (const { data } of iterateFrames((part as { frames?: Uint8Array }).frames ?? new Uint8Array(0)))
          seen.push((data as { n: number }).n)
    })().catch(() => undefined)
    await core.until(() => seen.length === 301)
    await edge.publish(302)
    await core.until(() => seen.length === 302)
    expect(seen).toEqual(Array.from({ length: 302 }, (_, at) => at + 1))
    const { asked } = await core.client.request('edges.ask', { edges: '*', method: 'hub.status' })
    expect(asked).toMatchObject({ asked: 1, answered: 1 })
    abort.abort()
    await reading
  },
)
