import { expect, it } from 'vitest'
import { iterateFrames } from '../../src/event/event.js'
import { attributesLength, attributesStart, frameBytes } from '../../src/event/frame.js'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceHost, SourceSink } from '../../src/sources/source.js'
import { upstreamsConfig } from '../../src/upstream/config.js'
import { upstreamSource } from '../../src/upstream/index.js'
import { hurriedRuntime } from '../helpers/real-runtime.js'
import { EdgeHub } from './fixture.js'

const NO_MSGPACK = 0xc1

/** Returns the frames with attributes that cannot be decoded in the event of the tag. */
function damaged(pieces: readonly Uint8Array[], tag: string): Uint8Array[] {
  return pieces.map((piece) => {
    const copy = piece.slice()
    let at = 0
    for (const event of iterateFrames(copy)) {
      const start = attributesStart(copy, at)
      if (event.tag === tag) copy.fill(NO_MSGPACK, start, start + attributesLength(copy, at))
      at += frameBytes(copy, at)
    }
    return copy
  })
}

/** What the upstream reads of the log throws at one event. */
function throwingAt(tag: string, host: SourceHost): SourceHost {
  const subscribe: SourceHost['subscribe'] = (request, sink) => {
    const wrapped: SourceSink = Object.create(sink, {
      write: { value: (pieces: readonly Uint8Array[]) => sink.write(damaged(pieces, tag)) },
    })
    return host.subscribe(request, wrapped)
  }
  return Object.create(host, { subscribe: { value: subscribe }, runtime: { value: hurriedRuntime } })
}

it('an event at which an upstream throws ten times is parked, and is a gap of the core in its place', async () => {
  await using core = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  await edge.publish(1, 2)
  await edge.client.publish('demo/3', { n: 3 }, { ack: 'durable', attributes: { note: 'x' } })
  await edge.publish(4, 5)
  const entry = { name: 'core', edge: 'edge1', filter: ['demo/'], servers: [core.hub.address] }
  const [config] = upstreamsConfig.parse([{ ...entry, from: 'start' }])
  const runner = new SourceRunner(upstreamSource(config), throwingAt('demo/3', edge.hub.hub.sourceHost))
  edge.hub.hub.sources.push(runner)
  runner.start()
  await core.until(() => core.numbers.at(-1) === 5)
  await runner.stop()
  expect(core.numbers).toEqual([1, 2, 4, 5])
  const [gap, ...others] = core.data('hub/gap/edge/edge1')
  expect(others).toEqual([])
  expect(gap).toMatchObject({ source: 'edge/edge1', reason: 'skipped', count: 1 })
  const tags = core.events.map(({ tag }) => tag)
  expect(tags.indexOf('hub/gap/edge/edge1')).toBeGreaterThan(tags.indexOf('demo/2'))
  expect(tags.indexOf('hub/gap/edge/edge1')).toBeLessThan(tags.indexOf('demo/4'))
  const list = { consumer: 'source.upstream.core' }
  const { parked } = await edge.client.request<{ parked: object[] }>('parked.list', list)
  const { epoch } = edge.hub.hub.bus
  const { seq } = edge.events.find(({ tag }) => tag === 'demo/3')!
  expect(parked).toEqual([
    expect.objectContaining({ ...list, tag: 'demo/3', cursor: `${epoch}-${seq}`, tries: 10 }),
  ])
  expect(runner.status()).toMatchObject({ parked: 1, lost: 1 })
  expect((await edge.client.request<{ parked: number }>('hub.status')).parked).toBe(1)
})
