import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type EventLog, inspectLmdbLog, repairLmdbLog, type SeqRange } from '../../../src/log/index.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { range, readAll, seqsOf } from '../conformance/tools.js'
import { compressAll, fill, openCompressing } from './compressed-log.js'

/** Of the first segment, which is compressed into two chunks. */
const FIRST = '0000000000000001'
const PAGE = 4096

/** A closed log with two compressed segments and a plain one, and the extent of the chunks of the first. */
async function compressedLog(): Promise<{ folder: string; chunks: SeqRange[]; file: string }> {
  const log = await openCompressing()
  await fill(log)
  await compressAll(log)
  const chunks: SeqRange[] = []
  for await (const { firstSeq, lastSeq } of log.summaries!(1, 290))
    chunks.push({ from: firstSeq, to: lastSeq })
  await log.close()
  expect(chunks).toHaveLength(2)
  return { folder: log.folder, chunks, file: join(log.folder, 'segments', FIRST, 'data.mdb') }
}

/** Offset of the first compressed chunk in the file: its value begins right after the header of its page. */
function chunkAt(bytes: Buffer): number {
  for (let at = 2 * PAGE + 24; at < bytes.length; at += PAGE)
    if (bytes.readUInt32LE(at + 4) === 0x0163 && bytes.readUInt32LE(at) > 200_000) return at
  throw new Error('the file has no compressed chunk')
}

function change(file: string, edit: (bytes: Buffer, at: number) => void): void {
  const bytes = readFileSync(file)
  edit(bytes, chunkAt(bytes))
  writeFileSync(file, bytes)
}

async function readOn(log: EventLog, backwards = false): Promise<{ seqs: number[]; damaged: SeqRange[] }> {
  const damaged: SeqRange[] = []
  const limits = { damaged: (range: SeqRange) => void damaged.push(range), backwards }
  return { seqs: seqsOf(await readAll(log, backwards ? log.last : 1, limits)), damaged }
}

const damages: [string, (bytes: Buffer, at: number) => void, RegExp][] = [
  ['mark', (bytes, at) => (bytes[at + 4] ^= 1), /the chunk has \d+ bytes, not \d+/],
  ['codec', (bytes, at) => (bytes[at + 5] ^= 4), /unknown codec: 5/],
  ['transformation', (bytes, at) => (bytes[at + 6] ^= 1), /unknown transformation: 1/],
  ['length', (bytes, at) => (bytes[at + 1] ^= 1), /the chunk has \d+ bytes, not \d+/],
  ['length, made huge', (bytes, at) => (bytes[at + 3] ^= 0x80), /the chunk has \d+ bytes, not \d+/],
  ['body', (bytes, at) => (bytes[at + 2000] ^= 0x10), /decompressed|bytes, not|checksum|order/],
  ['part of the body', (bytes, at) => bytes.fill(0, at + 1000, at + 1100), /./],
]

test.each(damages)(
  'a compressed chunk with another %s is one gap, which verify names and repair leaves out',
  async (_, edit, reason) => {
    const { folder, chunks, file } = await compressedLog()
    change(file, edit)
    const log = await openCompressing({ folder })
    const rest = range(chunks[0].to + 1, 800)
    expect(await readOn(log)).toEqual({ seqs: rest, damaged: [chunks[0]] })
    expect(await readOn(log, true)).toEqual({ seqs: rest.toReversed(), damaged: [chunks[0]] })
    const errors = []
    for await (const { firstSeq, lastSeq, error } of log.verify!())
      if (error) errors.push({ firstSeq, lastSeq, error })
    expect(errors).toMatchObject([{ firstSeq: 1, lastSeq: chunks[0].to, error: { code: 'TCN_LOG_CORRUPT' } }])
    expect(errors[0].error.message).toMatch(reason)
    await log.close()
    const found = await repairLmdbLog({ folder, runtime: realRuntime })
    expect(found.segments[0].damaged).toMatchObject([{ firstSeq: 1, lastSeq: chunks[0].to }])
    const repaired = await openCompressing({ folder })
    expect(seqsOf(await readAll(repaired, 1))).toEqual(rest)
    expect(repaired.lost).toEqual([{ ...chunks[0], damaged: true }])
    const again = await compressAll(repaired)
    expect(again.map(({ firstSeq, error }) => [firstSeq, error])).toEqual([[rest[0], undefined]])
    expect(seqsOf(await readAll(repaired, 1))).toEqual(rest)
    await repaired.close()
  },
)

test('compressed chunks are found in a segment whose tree is damaged', async () => {
  const { folder, file } = await compressedLog()
  const bytes = readFileSync(file)
  // The pages with the trees' heads: LMDB must not open the file any more.
  bytes.fill(0xff, 24, 200)
  writeFileSync(file, bytes)
  const log = await openCompressing({ folder })
  expect(await readOn(log)).toEqual({ seqs: range(1, 800), damaged: [] })
  await log.close()
  const found = await inspectLmdbLog({ folder, runtime: realRuntime })
  expect([found.segments[0].events, found.segments[0].damaged.length]).toEqual([290, 1])
  await repairLmdbLog({ folder, runtime: realRuntime })
  const repaired = await openCompressing({ folder })
  expect(seqsOf(await readAll(repaired, 1))).toEqual(range(1, 800))
  await repaired.close()
})

test('a compressed file that is cut has one gap at its end', async () => {
  const { folder, chunks, file } = await compressedLog()
  const bytes = readFileSync(file)
  truncateSync(file, chunkAt(bytes) + 1000)
  const log = await openCompressing({ folder })
  const { seqs, damaged } = await readOn(log)
  expect(damaged.length).toBe(1)
  expect(damaged[0].to).toBe(290)
  expect(damaged[0].from).toBeLessThanOrEqual(chunks[0].to + 1)
  expect(seqs).toEqual([...range(1, damaged[0].from - 1), ...range(291, 800)])
  await log.close()
})
