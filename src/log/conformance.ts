import { deepEqual, equal, notEqual, ok, rejects, throws } from 'node:assert/strict'
import { isCursor } from '../event/cursor.js'
import {
  append,
  appendEach,
  batchOf,
  type Expected,
  frameOf,
  frames,
  isAscending,
  type LogHarness,
  range,
  readAll,
  sameEvents,
  seeded,
  seqsOf,
  unpack,
  withoutSeqAndTime,
} from './conformance-tools.js'
import type { EventLog } from './event-log.js'

export type { LogHarness } from './conformance-tools.js'

/**
 * Registers the tests that every implementation of `EventLog` must pass. `register` is the test function of
 * any test runner:
 *
 *   eventLogConformance(test, { open: () => openMyLog() })
 */
export function eventLogConformance(
  register: (name: string, run: () => Promise<void>) => void,
  harness: LogHarness,
): void {
  const test = (name: string, run: (log: EventLog) => Promise<void>) =>
    register(name, async () => {
      const log = await harness.open()
      try {
        await run(log)
      } finally {
        await log.close()
      }
    })

  test('a new log is empty and has an epoch fit for a cursor', async (log) => {
    deepEqual([log.first, log.last], [1, 0])
    deepEqual(log.lost, [])
    ok(isCursor(`${log.epoch}-0`))
    deepEqual(await readAll(log, 1), [])
    deepEqual(await readAll(log, 1, { backwards: true }), [])
    equal(await log.seek(0), 1)
  })

  test('two logs have different epochs', async (log) => {
    const other = await harness.open()
    notEqual(log.epoch, other.epoch)
    await other.close()
  })

  test('append numbers the frames without a hole and changes nothing else in them', async (log) => {
    const published = frames(5)
    equal(await append(log, published.slice(0, 3)), 3)
    equal(await append(log, published.slice(3)), 5)
    deepEqual([log.first, log.last], [1, 5])
    const found = await readAll(log, 1)
    deepEqual(seqsOf(found), [1, 2, 3, 4, 5])
    for (const [at, { frame }] of found.entries()) deepEqual(withoutSeqAndTime(frame), published[at])
  })

  test('event times never decrease', async (log) => {
    await appendEach(log, frames(20))
    const times = (await readAll(log, 1)).map(({ time }) => time)
    ok(times.every((time, at) => at === 0 || time >= times[at - 1]))
  })

  test('append reports completion in the order of the calls', async (log) => {
    const reported: number[] = []
    const all = range(1, 10).map(
      () =>
        new Promise<void>((resolve) =>
          log.append(batchOf(frames(3)), (_, last) => resolve(void reported.push(last))),
        ),
    )
    await Promise.all(all)
    deepEqual(
      reported,
      range(1, 10).map((nth) => nth * 3),
    )
  })

  test('append copies the bytes, so that the caller may reuse them', async (log) => {
    const batch = batchOf(frames(3))
    const before = Uint8Array.from(batch.bytes)
    const stored = new Promise<void>((resolve) => log.append(batch, () => resolve()))
    batch.bytes.fill(0xff)
    await stored
    const found = await readAll(log, 1)
    deepEqual(Buffer.concat(found.map(({ frame }) => withoutSeqAndTime(frame))), Buffer.from(before))
  })

  test('a batch that ends inside a frame is refused as a whole', async (log) => {
    await append(log, frames(2))
    const whole = batchOf(frames(3))
    for (const cut of [1, 3, 40]) {
      const broken = { ...whole, bytes: whole.bytes.subarray(0, -cut) }
      const error = await new Promise<unknown>((resolve) => log.append(broken, resolve))
      equal((error as { code?: string }).code, 'TCN_FRAME_LENGTH')
    }
    equal(log.last, 2)
    equal(await append(log, frames(1)), 3)
    deepEqual(seqsOf(await readAll(log, 1)), [1, 2, 3])
  })

  test('listeners get every stored frame in order, until they are removed', async (log) => {
    const heard: Expected[] = []
    const remove = log.onStored((batch) => {
      ok(log.last >= batch.lastSeq, 'what is stored can be read')
      heard.push(...unpack(batch))
    })
    for (let nth = 0; nth < 30; nth++) await append(log, frames(1 + (nth % 7), 3000))
    remove()
    const told = heard.length
    await append(log, frames(2))
    equal(heard.length, told)
    sameEvents(heard, await readAll(log, 1, { to: told }))
  })

  test('a listener that appends does not change the order that another listener sees', async (log) => {
    const heard: number[] = []
    let more = 5
    log.onStored(() => {
      if (more-- > 0) log.append(batchOf(frames(2)), () => undefined)
    })
    const all = new Promise<void>((resolve) => {
      log.onStored((batch) => {
        heard.push(...seqsOf(unpack(batch)))
        if (heard.length === 11) resolve()
      })
    })
    await append(log, frames(1))
    await all
    deepEqual(heard, range(1, 11))
  })

  test('listeners receive the producers of a batch with its last frame', async (log) => {
    const producers = [{ key: 'alice/one', first: 4, last: 9, count: 3 }]
    const heard: unknown[] = []
    log.onStored((batch) => heard.push([batch.lastSeq, batch.producers]))
    await append(log, frames(3), producers)
    deepEqual(heard.at(-1), [3, producers])
  })

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

  test('durable resolves when events are flushed, or rejects with TCN_LOG_NOT_DURABLE', async (log) => {
    await append(log, frames(10))
    if (!log.capabilities.durable) {
      await rejects(log.durable(10), { code: 'TCN_LOG_NOT_DURABLE' })
      return
    }
    await log.durable(10)
    await log.durable(3)
    await Promise.all(range(1, 20).map(async () => log.durable(await append(log, frames(5)))))
    equal(log.stats.unflushedBytes, 0)
  })

  test('compact removes only events over a limit, and reports them', async (log) => {
    for (let nth = 0; nth < 200; nth++) await append(log, frames(20, 2000))
    if (log.capabilities.durable) await log.durable(log.last)
    const all = await readAll(log, 1)
    const nothing = await log.compact({})
    deepEqual([nothing.removed, nothing.cause, log.first], [undefined, 'manual', 1])
    const report = await log.compact({ count: 1000 }, 'automatic')
    ok(log.first <= log.last - 999, 'the newest 1000 are kept')
    equal(report.cause, 'automatic')
    deepEqual(report.removed, log.first === 1 ? undefined : { from: 1, to: log.first - 1 })
    ok(report.bytesAfter <= report.bytesBefore)
    equal(report.bytesAfterLast, nothing.bytesAfter)
    sameEvents(await readAll(log, 1), all.slice(log.first - 1))
    sameEvents((await readAll(log, log.last, { backwards: true })).reverse(), all.slice(log.first - 1))
    equal(await log.seek(0), log.first)
    equal(await append(log, frames(1)), all.length + 1)
  })

  test('summaries and verify agree with the stored events', async (log) => {
    const producers = [{ key: 'p', first: 1, last: 30, count: 30 }]
    for (let nth = 0; nth < 30; nth++) await append(log, frames(30, 500, `sum/${nth % 3}/x`), producers)
    if (log.capabilities.durable) await log.durable(log.last)
    const all = await readAll(log, 1)
    let next = 1
    for await (const summary of log.summaries?.(1, log.last) ?? []) {
      const events = all.slice(summary.firstSeq - 1, summary.lastSeq)
      deepEqual([summary.firstSeq, summary.count], [next, events.length])
      deepEqual([summary.firstTime, summary.lastTime], [events[0].time, events.at(-1)?.time])
      const inPrefixes = summary.prefixes.counts.reduce((sum, [, count]) => sum + count, 0)
      equal(inPrefixes, events.length)
      ok(
        summary.prefixes.complete && summary.prefixes.counts.every(([prefix]) => /^sum\/[012]$/.test(prefix)),
      )
      next = summary.lastSeq + 1
    }
    if (log.summaries !== undefined) equal(next, log.last + 1)
    for await (const { error } of log.verify?.() ?? []) equal(error, undefined)
  })

  test('a closed log refuses calls with TCN_LOG_CLOSED', async (log) => {
    await append(log, frames(3))
    await log.close()
    const refused = await new Promise<unknown>((resolve) => log.append(batchOf(frames(1)), resolve))
    equal((refused as { code?: string }).code, 'TCN_LOG_CLOSED')
    throws(() => log.read(1, {}), { code: 'TCN_LOG_CLOSED' })
    await rejects(log.seek(0), { code: 'TCN_LOG_CLOSED' })
    await log.close()
  })

  const { reopen } = harness
  if (reopen === undefined) return

  test('stored events can be read after a restart, under the same cursors', async (log) => {
    await append(log, frames(500, 2000))
    await append(log, frames(3))
    const { epoch } = log
    const all = await readAll(log, 1)
    const again = await reopen(log)
    deepEqual([again.epoch, again.first, again.last, again.lost], [epoch, 1, 503, []])
    sameEvents(await readAll(again, 1), all)
    ok(isAscending([again.last, await append(again, frames(1))]))
    deepEqual((await readAll(again, 1)).at(-2), all.at(-1))
    await again.close()
  })
}
