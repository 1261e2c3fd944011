import { expect, it } from 'vitest'
import { TestBus } from './fixture.js'

it('a consumer gets what is published', async () => {
  const hub = await TestBus.open()
  const sink = await hub.subscribe({ consumer: 'work' })
  await hub.publish('a', 'b')
  expect(sink.story).toEqual(['live', 1, 2])
  sink.api.ack([1, 2], 'done', {})
})
