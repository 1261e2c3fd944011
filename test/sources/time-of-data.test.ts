import { expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { Source, SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

it('an event of a source happened when its data says', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  let context!: SourceContext
  const source: Source = {
    start: async (given) => {
      context = given
    },
    stop: async () => undefined,
    health: () => ({ state: 'up', details: {} }),
  }
  new SourceRunner({ name: 'scripted', create: () => source }, host).start()
  await runtime.settle()
  const time = '2026-11-21T02:54:26.500000Z'
  const attributesOf = (data: unknown) => {
    context.publish('a', data)
    return host.events.at(-1)!.attributes
  }
  expect(attributesOf({ time })).toEqual({ time })
  expect(attributesOf({ at: time })).toEqual({ time })
  for (const none of ['text', null, undefined, [time], { time: 7 }, { time: 'noon' }, { fields: { time } }])
    expect(attributesOf(none)).toBeUndefined()
})
