import { expect, it } from 'vitest'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { FollowedStream } from '../../../src/sources/netconf/followed-stream.js'
import type { SourceContext } from '../../../src/sources/source.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const MINUTE = 60_000_000

function replaying() {
  const runtime = new FakeRuntime()
  const [config] = netconfSourcesConfig.parse([
    { name: 'r1', host: '127.0.0.1', user: 'a', passwordFile: '/p', hostKey: `SHA256:${'A'.repeat(43)}` },
  ])
  const stream = new FollowedStream(config, { runtime } as unknown as SourceContext, () => {})
  const start = runtime.now()
  stream.position.connected(start, 0)
  stream.position.beginReplay()
  const minute = () => {
    runtime.advance(60_000)
    stream.beat()
    stream.write()
    return (stream.since ?? start) - start
  }
  return { runtime, stream, minute }
}

it('the past of a device that does not say that it is over is over when nothing more comes', () => {
  const { stream, minute } = replaying()
  stream.begin()
  expect(minute()).toBe(0)
  expect(minute()).toBe(2 * MINUTE - 40_000_000)
})

it('it is not over while a notification of it waits for the hub', () => {
  const { stream, minute } = replaying()
  for (let n = 0; n < 5; n++) {
    stream.wait()
    expect(minute()).toBe(0)
  }
})

it('it is over with a notification from after the question', () => {
  const { runtime, stream, minute } = replaying()
  stream.begin()
  stream.record(runtime.now() + 1_000_000, 'digest')
  expect(minute()).toBe(20_000_000)
})
