import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { isCursor } from '../../../src/event/cursor.js'
import {
  append,
  appendEach,
  batchOf,
  frames,
  type LogHarness,
  type LogTest,
  range,
  readAll,
  seqsOf,
  withoutSeqAndTime,
} from './tools.js'

/** Tests of `append`: numbers, times, and the bytes of frames. */
export function appendTests(test: LogTest, harness: LogHarness): void {
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
}
