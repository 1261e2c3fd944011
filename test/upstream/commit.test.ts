import { describe, expect, it } from 'vitest'
import { LiveHub } from '../hub/live-hub.js'
import { EdgeHub } from './fixture.js'

describe('a change of the upstreams in the configuration', () => {
  it('takes effect at once, keeps what has not changed, and continues where it was', async () => {
    await using core = await EdgeHub.start()
    await using live = await LiveHub.start()
    const upstream = { name: 'core', edge: 'live', servers: [core.hub.address], filter: ['demo/'] }
    await live.commit({ upstreams: [upstream] })
    await core.until(() => core.data('hub/edge/live').length === 1)
    await live.admin.publish('demo/1', { n: 1 }, { ack: 'durable' })
    await core.until(() => core.numbers.length === 1)
    await live.commit({ 'logging.level': 'debug' })
    expect(core.data('hub/edge/live').length).toBe(1)
    await live.commit({ upstreams: undefined })
    await core.until(() => core.data('hub/edge/live').length === 2)
    await live.admin.publish('demo/2', { n: 2 }, { ack: 'durable' })
    await live.commit({ upstreams: [upstream] })
    await core.until(() => core.numbers.length === 2)
    expect(core.numbers).toEqual([1, 2])
    expect(core.data('hub/edge/live').map(({ state }) => state)).toEqual(['up', 'down', 'up'])
  })
})
