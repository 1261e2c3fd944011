import { expect, test } from 'vitest'
import { placeOf } from '../../src/cluster/append/stored-place.js'
import { encode, encodeFrame, iterateFrames } from '../../src/event/index.js'
import type { StoredCounters } from '../../src/log/event-log.js'
import { openMemoryLog } from '../../src/log/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const frameOf = (tag: string) => encodeFrame({ tag, source: 'host/a', body: encode({ of: tag }) })

/** A log with three events of the same time and an earlier one, the counters of which are those of two producers. */
async function stored() {
  const runtime = new FakeRuntime()
  const log = openMemoryLog({ runtime })
  const put = (tag: string) =>
    log.append({ bytes: frameOf(tag), count: 1, firstSeq: 0, lastSeq: 0 }, () => undefined)
  put('a')
  await runtime.pass(5)
  for (const tag of ['b', 'a', 'c']) put(tag)
  const times: number[] = []
  for await (const { bytes } of log.read(1, {})) for (const { time } of iterateFrames(bytes)) times.push(time)
  const of = (key: string, counter: number) => [{ key, first: counter, last: counter, count: 1 }]
  const counters: StoredCounters[] = [
    { producers: of('p', 1), time: times[0] },
    { producers: of('q', 2), time: times[1] },
    { producers: of('p', 2), time: times[2] },
    { producers: of('p', 3), time: times[3] },
  ]
  const read = log.read.bind(log)
  return {
    async *counters(from: number) {
      yield* counters.slice(from - 1)
    },
    read,
  }
}

const wanted = { producer: { key: 'p', last: 2 }, frame: frameOf('a'), after: 0 }
const waits = () => false

test('an event is found by the counter of its producer, among those with the same content or time', async () => {
  expect(await placeOf(await stored(), wanted, waits)).toBe(3)
})

test('an event that is not there has no place, and nobody looks for one that is not needed any more', async () => {
  expect(await placeOf(await stored(), { ...wanted, after: 3 }, waits)).toBe(0)
  expect(await placeOf(await stored(), { ...wanted, producer: { key: 'p', last: 4 } }, waits)).toBe(0)
  expect(await placeOf(await stored(), wanted, () => true)).toBe(0)
})
