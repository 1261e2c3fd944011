import { cpSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { EventLog } from '../../src/log/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const EVENTS = 320
const options = { segment: { bytes: 5_200_000 }, ringBytes: 64 * 1024, slabBytes: 32 * 1024 }

/** A log with two segments, the first of which is large and has many chunks. */
const made = temporaryFolder('log')

beforeAll(async () => {
  const log = await openLmdb({ ...options, folder: made })
  for (let nth = 0; nth < EVENTS; nth++) await log.durable(await append(log, frames(1, 17_000)))
  expect(log.stats.segments).toBe(2)
  await log.close()
})

/** Returns a folder with a copy of the log. */
function largeLog(): string {
  const folder = temporaryFolder('log')
  cpSync(made, folder, { recursive: true })
  return folder
}

/** Opens the log with a runtime that counts the turns of the event loop that work is put off to. */
async function openCounting(folder: string): Promise<{ log: EventLog; turns: { count: number } }> {
  const turns = { count: 0 }
  const soon = (run: () => void) => {
    turns.count++
    realRuntime.soon(run)
  }
  return { log: await openLmdb({ ...options, folder, runtime: { ...realRuntime, soon } }), turns }
}

test('a large sealed segment is checked in many turns before its first event is read, and only once', async () => {
  const { log, turns } = await openCounting(largeLog())
  const first = async () => (await log.read(1, { events: 1 })[Symbol.asyncIterator]().next()).value
  turns.count = 0
  expect((await first()).firstSeq).toBe(1)
  expect(turns.count).toBeGreaterThanOrEqual(8)
  turns.count = 0
  expect((await first()).firstSeq).toBe(1)
  expect(turns.count).toBe(0)
  await log.close()
})

test('reads of all kinds wait for the check of a large segment, and those of other segments do not', async () => {
  const { log } = await openCounting(largeLog())
  const ended: string[] = []
  const note = <Result>(name: string, result: Promise<Result>) => result.finally(() => ended.push(name))
  const summaries = async () => {
    let count = 0
    for await (const summary of log.summaries!(1, EVENTS)) count += summary.count
    return count
  }
  const [seqs, count, seq] = await Promise.all([
    note('all', readAll(log, 1)),
    note('summaries', summaries()),
    note('seek', log.seek(1)),
    note('last', readAll(log, EVENTS)),
  ])
  expect(seqsOf(seqs)).toEqual(range(1, EVENTS))
  expect([count, seq]).toEqual([EVENTS, 1])
  expect(ended[0]).toBe('last')
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  await log.close()
})

test('a damaged page of a large segment is found by the check, and what is sound is read', async () => {
  const folder = largeLog()
  const file = openSync(join(folder, 'segments', '0000000000000001', 'data.mdb'), 'r+')
  const page = Buffer.alloc(4096)
  // The first leaf page with entries.
  let at = 2 * 4096
  while (readSync(file, page, 0, 4096, at) === 4096 && page.readUInt16LE(18) !== 2) at += 4096
  writeSync(file, Buffer.alloc(4096), 0, 4096, at)
  const { log } = await openCounting(folder)
  const damaged: number[] = []
  const read = log.read(1, { damaged: ({ from, to }) => damaged.push(...range(from, to)) })
  const seqs: number[] = []
  for await (const { firstSeq, lastSeq } of read) seqs.push(...range(firstSeq, lastSeq))
  expect([...seqs, ...damaged].sort((one, other) => one - other)).toEqual(range(1, EVENTS))
  await log.close()
})

test('a log can be closed while a segment is checked', async () => {
  const { log } = await openCounting(largeLog())
  const read = readAll(log, 1)
  await Promise.all([expect(read).rejects.toMatchObject({ code: 'TCN_LOG_CLOSED' }), log.close()])
})
