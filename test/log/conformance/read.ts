import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import {
  append,
  frameOf,
  frames,
  type LogTest,
  range,
  readAll,
  sameEvents,
  seeded,
  seqsOf,
  unpack,
  withoutSeqAndTime,
} from './tools.js'

/** Tests of `read` and `seek`. */
export function readTests(test: LogTest): void {
  test('a read returns the requested range, up to the event that was last when it began', async (log) => {
    await append(log, frames(100))
    const ask = async (from: number, limits = {}) => seqsOf(await readAll(log, from, limits))
    deepEqual(await ask(1), range(1, 100))
    deepEqual(await ask(40, { to: 60 }), range(40, 60))
    deepEqual(await ask(40, { events: 7 }), range(40, 46))
    deepEqual(await ask(40, { to: 1000 }), range(40, 100))
    deepEqual(await ask(101), [])
    deepEqual(await ask(50, { to: 49 }), [])
    deepEqual(await ask(0, { events: 2 }), [1, 2])
    const open = log.read(90, {})
    await append(log, frames(10))
    const found: number[] = []
    for await (const batch of open) found.push(...seqsOf(unpack(batch)))
    deepEqual(found, range(90, 100))
  })

  test('a backward read starts at the given event and continues downwards', async (log) => {
    await append(log, frames(100))
    const ask = async (from: number, limits = {}) =>
      seqsOf(await readAll(log, from, { ...limits, backwards: true }))
    deepEqual(await ask(100), range(1, 100).reverse())
    deepEqual(await ask(60, { to: 40 }), range(40, 60).reverse())
    deepEqual(await ask(60, { events: 7 }), range(54, 60).reverse())
    deepEqual(await ask(1000, { events: 3 }), [100, 99, 98])
    deepEqual(await ask(0), [])
  })

  test('a byte limit returns at least one frame and little more than requested', async (log) => {
    await append(log, frames(50, 1000))
    const size = frameOf('test/frames/0', 1000).length
    for (const backwards of [false, true]) {
      const from = backwards ? 50 : 1
      equal((await readAll(log, from, { bytes: 1, backwards })).length, 1)
      const some = await readAll(log, from, { bytes: 10 * size, backwards })
      ok(some.length >= 9 && some.length <= 11)
    }
  })

  test('frames of any size are read back unchanged', async (log) => {
    const sizes = [0, 1, 100, 5000, 70_000, 300_000, 2_500_000, 10, 1_100_000, 0]
    const published = sizes.map((size, at) => frameOf(`size/${at}`, size))
    await append(log, published)
    await append(log, [...published].reverse())
    const found = await readAll(log, 1)
    deepEqual(seqsOf(found), range(1, 20))
    const expected = [...published, ...[...published].reverse()]
    for (const [at, { frame }] of found.entries()) {
      equal(Buffer.compare(withoutSeqAndTime(frame), expected[at]), 0)
    }
    sameEvents((await readAll(log, 20, { backwards: true })).reverse(), found)
  })

  test('any range can be read, in both directions', async (log) => {
    const random = seeded(7)
    for (let nth = 0; nth < 60; nth++) {
      const prefix = `part/${nth % 5}`
      await append(log, frames(1 + Math.floor(random() * 40), Math.floor(random() ** 3 * 20_000), prefix))
    }
    const all = await readAll(log, 1)
    deepEqual(seqsOf(all), range(1, log.last))
    for (let nth = 0; nth < 60; nth++) {
      const from = 1 + Math.floor(random() * log.last)
      const to = 1 + Math.floor(random() * log.last)
      const events = 1 + Math.floor(random() * 300)
      const forward = all.slice(from - 1, to).slice(0, events)
      sameEvents(await readAll(log, from, { to, events }), forward)
      const backward = all
        .slice(Math.max(0, to - 1), from)
        .reverse()
        .slice(0, events)
      sameEvents(await readAll(log, from, { to, events, backwards: true }), backward)
    }
  })

  test('prefixes as a hint never hide an event that has one of them', async (log) => {
    for (let nth = 0; nth < 40; nth++) await append(log, frames(20, 1000, `hint/${nth % 4}/x`))
    for (const prefix of ['hint/2', 'hint/2/x/1', 'hi', 'other', 'hint/3/']) {
      const expected = (await readAll(log, 1)).filter(({ tag }) => tag.startsWith(prefix))
      for (const backwards of [false, true]) {
        const found = await readAll(log, backwards ? log.last : 1, { prefixes: [prefix], backwards })
        const matching = found.filter(({ tag }) => tag.startsWith(prefix))
        sameEvents(backwards ? matching.reverse() : matching, expected)
      }
    }
  })

  test('a read that is left, aborted or never begun releases the log', async (log) => {
    await append(log, frames(3000, 1000))
    for await (const _ of log.read(1, {})) break
    log.read(1, {})
    const controller = new AbortController()
    const read = log.read(1, { signal: controller.signal })[Symbol.asyncIterator]()
    ok(!(await read.next()).done)
    controller.abort()
    await rejects(read.next(), { code: 'TCN_CLIENT_ABORTED' })
    deepEqual(await read.next(), { done: true, value: undefined })
  })

  test('concurrent readers get the same events', async (log) => {
    for (let nth = 0; nth < 20; nth++) await append(log, frames(100, 1000))
    const found = await Promise.all(range(1, 8).map((nth) => readAll(log, nth * 100)))
    for (const [at, events] of found.entries()) deepEqual(seqsOf(events), range((at + 1) * 100, 2000))
  })

  test('seek finds the first event at or after a time', async (log) => {
    const random = seeded(11)
    for (let nth = 0; nth < 40; nth++) {
      await append(log, frames(1 + Math.floor(random() * 30), 500))
    }
    const all = await readAll(log, 1)
    const times = [...new Set(all.map(({ time }) => time))]
    for (const time of [0, ...times.flatMap((one) => [one - 1, one, one + 1])]) {
      equal(await log.seek(time), all.find((event) => event.time >= time)?.seq ?? log.last + 1)
    }
  })
}
