import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type EventLog, inspectLmdbLog, repairLmdbLog, type SeqRange } from '../../src/log/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const small = { segment: { bytes: 300_000 } }
const PAGE = 4096

/** A log with events 1 to 800 in three segments, which begin with 1, 301 and 601. */
async function makeLog(): Promise<string> {
  const folder = temporaryFolder('log')
  const log = await openLmdb({ ...small, folder })
  for (let nth = 0; nth < 8; nth++) await log.durable(await append(log, frames(100, 1000)))
  await log.close()
  expect(segmentsOf(folder).map(Number)).toEqual([1, 301, 601])
  return folder
}

function segmentsOf(folder: string): string[] {
  return readdirSync(join(folder, 'segments')).sort()
}

function fileOf(folder: string, firstSeq: number): string {
  return join(folder, 'segments', String(firstSeq).padStart(16, '0'), 'data.mdb')
}

/** Fills every page with nodes with zeros that has the mark of a leaf page, except the first `spared` ones. */
function zeroLeaves(file: string, spared: number): void {
  const bytes = readFileSync(file)
  for (let at = 2 * PAGE, leaf = 0; at < bytes.length; at += PAGE) {
    if (bytes.readUInt16LE(at + 18) === 2 && leaf++ >= spared) bytes.fill(0, at, at + PAGE)
  }
  writeFileSync(file, bytes)
}

/** Changes a byte in the middle of the chunk that begins with this event. */
function damageChunk(file: string, firstSeq: number): void {
  const bytes = readFileSync(file)
  const seq = Buffer.alloc(8)
  seq.writeBigUInt64LE(BigInt(firstSeq))
  for (let at = bytes.indexOf(seq); at !== -1; at = bytes.indexOf(seq, at + 1)) bytes[at + 2000] ^= 0xff
  writeFileSync(file, bytes)
}

async function readOn(log: EventLog): Promise<{ seqs: number[]; damaged: SeqRange[] }> {
  const damaged: SeqRange[] = []
  const seqs = seqsOf(await readAll(log, log.first, { damaged: (each) => void damaged.push(each) }))
  return { seqs, damaged }
}

test('a sound log needs no repair, and inspecting it changes nothing', async () => {
  const folder = await makeLog()
  const found = await inspectLmdbLog({ folder, runtime: realRuntime })
  expect(found).toMatchObject({ notes: [], lost: [] })
  expect(found.segments.map(({ events, damaged }) => [events, damaged])).toEqual([
    [300, []],
    [300, []],
    [200, []],
  ])
})

test('repair saves the sound chunks of a damaged segment, keeps the damaged one, and records what is lost', async () => {
  const folder = await makeLog()
  damageChunk(fileOf(folder, 301), 401)
  const options = { folder, runtime: realRuntime }
  const before = segmentsOf(folder)
  expect((await inspectLmdbLog(options)).segments[1].damaged).toMatchObject([{ firstSeq: 401, lastSeq: 500 }])
  expect(segmentsOf(folder)).toEqual(before)
  const found = await repairLmdbLog(options)
  expect(found.segments[1].aside).toMatch(/0000000000000301\.damaged-\d{8}T\d{6}Z$/)
  expect(segmentsOf(folder)).toHaveLength(before.length + 1)
  const log = await openLmdb({ ...small, folder })
  expect(await readOn(log)).toEqual({ seqs: [...range(1, 400), ...range(501, 800)], damaged: [] })
  expect(log.lost).toEqual([{ from: 401, to: 500, damaged: true }])
  await log.close()
  expect((await inspectLmdbLog(options)).segments.flatMap(({ damaged }) => damaged)).toEqual([])
})

test('repair finds chunks whose tree is gone, wherever they are in the file', async () => {
  const folder = await makeLog()
  zeroLeaves(fileOf(folder, 1), 1)
  await repairLmdbLog({ folder, runtime: realRuntime })
  const log = await openLmdb({ ...small, folder })
  const { seqs, damaged } = await readOn(log)
  expect(damaged).toEqual([])
  const lost = log.lost.flatMap(({ from, to }) => range(from, to))
  expect([...lost, ...seqs].sort((a, b) => a - b)).toEqual(range(1, 800))
  await log.close()
})

test('a segment of which nothing is left is put aside, and its events are recorded as lost', async () => {
  const folder = await makeLog()
  writeFileSync(fileOf(folder, 301), 'gone')
  await repairLmdbLog({ folder, runtime: realRuntime })
  const log = await openLmdb({ ...small, folder })
  expect(log.lost).toEqual([{ from: 301, to: 600, damaged: true }])
  expect((await readOn(log)).seqs).toEqual([...range(1, 300), ...range(601, 800)])
  await log.close()
})

test('a log that a hub uses is not repaired', async () => {
  const folder = await makeLog()
  const log = await openLmdb({ ...small, folder })
  await expect(repairLmdbLog({ folder, runtime: realRuntime })).rejects.toMatchObject({
    code: 'TCN_LOG_LOCKED',
  })
  await log.close()
})

test('events go on in a new segment if the newest one is damaged, and what is sound in it can be read', async () => {
  const folder = await makeLog()
  const file = fileOf(folder, 601)
  const bytes = readFileSync(file)
  // The free pages: LMDB would write over events.
  const free = Number(
    bytes.readBigUInt64LE((bytes.readBigUInt64LE(152) > bytes.readBigUInt64LE(PAGE + 152) ? 0 : PAGE) + 88),
  )
  writeFileSync(file, bytes.fill(0xff, free * PAGE, (free + 1) * PAGE))
  const log = await openLmdb({ ...small, folder })
  expect(log.findings).toEqual([expect.stringContaining(`${file}: page ${free} at offset ${free * PAGE}`)])
  await log.durable(await append(log, frames(100, 1000)))
  expect(await readOn(log)).toEqual({ seqs: range(1, 900), damaged: [] })
  await log.close()
  expect(segmentsOf(folder).map(Number)).toEqual([1, 301, 601, 801])
})

test('a sealed segment that is gone is a lost range, also if it was the first one', async () => {
  const folder = await makeLog()
  for (const firstSeq of [1, 301]) rmSync(join(fileOf(folder, firstSeq), '..'), { recursive: true })
  const log = await openLmdb({ ...small, folder })
  const lost = [
    { from: 1, to: 300 },
    { from: 301, to: 600 },
  ]
  expect(log.lost).toEqual(lost.map((each) => ({ ...each, damaged: true })))
  expect(log.first).toBe(1)
  const told: SeqRange[] = []
  log.onDamage?.(({ from, to }) => void told.push({ from, to }))
  expect(told).toEqual(lost)
  expect((await readOn(log)).seqs).toEqual(range(601, 800))
  await log.compact({ count: 1e9 })
  await log.close()
  const again = await openLmdb({ ...small, folder })
  expect(again.lost).toHaveLength(2)
  await again.close()
})

test('a segment that retention has removed is not told as lost', async () => {
  const folder = await makeLog()
  const log = await openLmdb({ ...small, folder })
  await log.compact({ count: 250 })
  await log.close()
  const again = await openLmdb({ ...small, folder })
  expect([again.first, again.lost]).toEqual([301, []])
  await again.close()
})
