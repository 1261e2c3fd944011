import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EventLog, FrameBatch } from '../../src/log/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frameOf, frames, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const MIB = 1024 * 1024
/** Every event has a segment of its own, except the last ones. */
const small = { segment: { bytes: 1000 } }

/** A log in which event 2 has 8 MiB, and between other events the word NEEDLE in the middle. */
async function longLog(folder = temporaryFolder('log')): Promise<string> {
  const log = await openLmdb({ ...small, folder })
  const long = frameOf('test/long', 8 * MIB)
  Buffer.from(long.buffer).write('NEEDLE', 4 * MIB)
  for (const part of [frames(1, 2000), [long], frames(1, 2000)]) await log.durable(await append(log, part))
  await log.close()
  return folder
}

function countingTurns() {
  const counted = {
    turns: 0,
    ...realRuntime,
    soon: (run: () => void) => {
      counted.turns++
      realRuntime.soon(run)
    },
  }
  return counted
}

async function batchesOf(log: EventLog): Promise<FrameBatch[]> {
  const batches: FrameBatch[] = []
  for await (const batch of log.read(1, {})) batches.push({ ...batch })
  return batches
}

test('an event of many megabytes is read a megabyte in each turn of the event loop', async () => {
  const runtime = countingTurns()
  const log = await openLmdb({ ...small, folder: await longLog(), runtime })
  runtime.turns = 0
  const read = await readAll(log, 1)
  expect(seqsOf(read)).toEqual([1, 2, 3])
  expect(Buffer.from(read[1].frame).includes('NEEDLE')).toBe(true)
  expect(runtime.turns).toBeGreaterThan(8)
  await log.close()
})

test('readers of the same long event at the same time share one read of it, and its memory', async () => {
  const runtime = countingTurns()
  const log = await openLmdb({ ...small, folder: await longLog(), runtime })
  runtime.turns = 0
  const all = await Promise.all(Array.from({ length: 20 }, () => batchesOf(log)))
  const memories = new Set(all.map((batches) => batches.find(({ firstSeq }) => firstSeq === 2)!.bytes.buffer))
  expect(memories.size).toBe(1)
  // Each reader also yields once after so many bytes.
  expect(runtime.turns).toBeLessThan(20 + 2 * 9)
  await log.close()
})

test('a long event that is damaged is reported, and what follows it can be read', async () => {
  const folder = await longLog()
  const file = join(folder, 'segments', '0000000000000002', 'data.mdb')
  const bytes = readFileSync(file)
  bytes[bytes.indexOf('NEEDLE')] ^= 1
  writeFileSync(file, bytes)
  const log = await openLmdb({ ...small, folder })
  await expect(readAll(log, 1)).rejects.toMatchObject({
    code: 'TCN_LOG_CORRUPT',
    details: { firstSeq: 2, lastSeq: 2 },
  })
  const damaged: unknown[] = []
  const read = await readAll(log, 1, { damaged: (range) => void damaged.push(range) })
  expect(seqsOf(read)).toEqual([1, 3])
  expect(damaged).toEqual([{ from: 2, to: 2 }])
  await log.close()
})

test('a log that is closed while a long event is read ends the read with an error', async () => {
  const log = await openLmdb({ ...small, folder: await longLog() })
  const read = readAll(log, 2)
  const closed = log.close()
  await expect(read).rejects.toMatchObject({ code: expect.stringMatching(/^TCN_LOG_/) })
  await closed
})

test('a segment is not removed while its long event is read', async () => {
  const log = await openLmdb({ ...small, folder: await longLog() })
  const read = readAll(log, 2)
  await log.compact({ count: 1 })
  expect(seqsOf(await read)).toEqual([2, 3])
  await log.close()
})
