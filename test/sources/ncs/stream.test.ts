import { expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import { LongWork } from '../../../src/incremental/long-work.js'
import { NcsStream } from '../../../src/sources/ncs/stream.js'
import { clockByHand } from '../../helpers/fake-runtime.js'

const SECOND = 1_000_000
const runtime = clockByHand()
const longWork = new LongWork(runtime)

const following = (kept?: unknown) => new NcsStream({ name: 'NETCONF', from: 'now' }, runtime, kept)

/** Returns whether the event is new. */
async function comes(stream: NcsStream, n: number, time: number): Promise<boolean> {
  const xml = `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>${formatTime(time)}</eventTime><up xmlns="urn:a"><n>${n}</n></up></notification>`
  const event = await stream.read(xml, { longWork, largestFrame: 1 << 20 })
  if (event !== undefined) stream.record(event)
  return event !== undefined
}

/** The position after one event, with the time of that. */
async function stored(): Promise<{ kept: object; begin: number }> {
  const stream = following()
  const begin = runtime.now()
  stream.begin(begin)
  stream.seen(begin)
  await comes(stream, 1, begin)
  return { kept: stream.write(), begin }
}

it('what NSO has forgotten is known after a replay that was interrupted', async () => {
  const { kept, begin } = await stored()
  const interrupted = following(kept)
  interrupted.begin(begin + 60 * SECOND)
  interrupted.seen(begin + 60 * SECOND)
  expect(await comes(interrupted, 2, begin + 60 * SECOND)).toBe(true)
  const again = following(interrupted.write())
  again.begin(begin + 60 * SECOND)
  expect(await comes(again, 2, begin + 60 * SECOND)).toBe(false)
  expect(again.since).toBe(begin)
  expect(again.endReplay(begin + 61 * SECOND)).toBe(true)
  expect(following(again.write()).since).toBe(begin + 61 * SECOND)
})

it('nothing is forgotten of a replay that was interrupted after what is known', async () => {
  const { kept, begin } = await stored()
  const interrupted = following(kept)
  interrupted.begin(begin + 60 * SECOND)
  expect(await comes(interrupted, 1, begin)).toBe(false)
  expect(await comes(interrupted, 2, begin + 60 * SECOND)).toBe(true)
  const again = following(interrupted.write())
  again.begin(begin + 60 * SECOND)
  expect(await comes(again, 2, begin + 60 * SECOND)).toBe(false)
  expect(again.endReplay(begin + 61 * SECOND)).toBe(false)
})

it('a stream whose replay NSO has refused is asked for one again after a day', () => {
  const stream = following({ time: 5 * SECOND, since: 5 * SECOND })
  expect(stream.start).toBe(3 * SECOND)
  stream.refuse()
  let kept: unknown = stream.write()
  for (let n = 0; n < 3; n++) {
    const next = following(kept)
    expect(next.start).toBeUndefined()
    expect(next.begin(runtime.now())).toBe(true)
    kept = next.write()
  }
  runtime.advance(24 * 3600 * 1000)
  const again = following(kept)
  expect(again.start).toBeGreaterThan(5 * SECOND)
  expect(again.begin(runtime.now())).toBe(false)
  again.refuse()
  expect(following(again.write()).start).toBeUndefined()
  again.endReplay(runtime.now())
  expect(following(again.write()).start).toBeDefined()
})

it('streams share the space of a position, however much comes of each', async () => {
  const stream = following()
  const begin = runtime.now()
  stream.begin(begin)
  for (let n = 0; n < 2_000; n++) await comes(stream, n, begin + n)
  const bytes = (share: number) => JSON.stringify(stream.write(share)).length
  expect(bytes(16) * 16).toBeLessThan(512 * 1024)
  expect(bytes(1)).toBeGreaterThan(bytes(16))
})
