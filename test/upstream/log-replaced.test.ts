import { expect, it } from 'vitest'
import { socketDial } from '../../src/client/transport/transport-socket.js'
import { SourceRunner } from '../../src/sources/runner.js'
import { readUpstreamAddress } from '../../src/upstream/address.js'
import { upstreamsConfig } from '../../src/upstream/config.js'
import type { DialOf } from '../../src/upstream/dial.js'
import { upstreamSource } from '../../src/upstream/index.js'
import { EdgeHub } from './fixture.js'

it('a hub whose log is replaced while it connects does not forward the new one as the old one', async () => {
  await using core = await EdgeHub.start()
  await using edge = await EdgeHub.start()
  await edge.publish(1, 2)
  const { sourceHost } = edge.hub.hub
  let epoch = 'aaaaaaaaaaaaa'
  const host = Object.create(sourceHost, { epoch: { get: () => epoch } })
  const producers = () => core.data('hub/edge/edge1').filter(({ state }) => state === 'up').length
  const dialOf: DialOf = (server) => {
    const dial = socketDial(readUpstreamAddress(server) as never, {})
    return (...given) => {
      epoch = sourceHost.epoch
      return dial(...given)
    }
  }
  const [config] = upstreamsConfig.parse([
    { name: 'core', edge: 'edge1', servers: [core.hub.address], filter: ['demo/'], from: 'start' },
  ])
  const runner = new SourceRunner(upstreamSource(config, dialOf), host)
  runner.start()
  await core.until(() => core.numbers.length === 2)
  // It has named itself by the old log once, and forwarded nothing as that.
  expect(producers()).toBe(2)
  expect(core.numbers).toEqual([1, 2])
  await runner.stop()
})
