import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import {
  append,
  batchOf,
  frames,
  isAscending,
  type LogHarness,
  type LogTest,
  range,
  readAll,
  sameEvents,
} from './tools.js'

/** Tests of durability, retention, summaries, closing and reopening. */
export function storageTests(test: LogTest, { reopen }: LogHarness): void {
  test('durable resolves when events are flushed, or rejects with TCN_LOG_NOT_DURABLE', async (log) => {
    await append(log, frames(10))
    if (!log.capabilities.durable) {
      await rejects(log.durable(10), { code: 'TCN_LOG_NOT_DURABLE' })
      equal(log.flushed, 0)
      return
    }
    await log.durable(10)
    equal(log.flushed, 10)
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
        summary.prefixes.complete &&
          summary.prefixes.counts.every(([prefix]) => /^sum\/[012]\/$/.test(prefix)),
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
