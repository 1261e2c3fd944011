import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkCheck, EventLog, ReadLimits, SeqRange } from '../../src/log/index.js'
import { LogMeta } from '../../src/log/lmdb/log-meta.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frameOf, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const small = { segment: { bytes: 300_000 } }

/** Opens a damaged log of three segments, in which event 250 has the word NEEDLE in its body. */
function damagedLog(damage: (file: string) => unknown): Promise<EventLog> {
  return damagedLogIn(temporaryFolder('log'), damage)
}

async function damagedLogIn(folder: string, damage: (file: string) => unknown): Promise<EventLog> {
  const log = await openLmdb({ ...small, folder })
  for (let nth = 0; nth < 8; nth++) {
    const part = frames(100, 1000)
    if (nth === 2) part[49] = needle()
    await log.durable(await append(log, part))
  }
  await log.close()
  await damage(join(folder, 'segments', '0000000000000001', 'data.mdb'))
  return openLmdb({ ...small, folder })
}

function needle(): Uint8Array {
  const frame = frameOf('test/needle', 1000)
  Buffer.from(frame.buffer).write('NEEDLE', 500)
  return frame
}

function flipNeedle(file: string): void {
  const bytes = readFileSync(file)
  const at = bytes.indexOf('NEEDLE')
  expect(at).toBeGreaterThan(0)
  bytes[at] ^= 1
  writeFileSync(file, bytes)
}

/** Reads on behind damage; returns what was read, and what was damaged. */
async function readOn(log: EventLog, from: number, limits: ReadLimits = {}) {
  const damaged: SeqRange[] = []
  const read = await readAll(log, from, { ...limits, damaged: (range) => void damaged.push(range) })
  return { seqs: seqsOf(read), damaged }
}

async function checksOf(log: EventLog): Promise<ChunkCheck[]> {
  const checks: ChunkCheck[] = []
  for await (const check of log.verify!()) checks.push(check)
  return checks
}

test('a flipped bit ends a read with TCN_LOG_CORRUPT, and the rest of the log can be read', async () => {
  const log = await damagedLog(flipNeedle)
  expect(seqsOf(await readAll(log, 1, { to: 200 }))).toEqual(range(1, 200))
  const corrupt = { code: 'TCN_LOG_CORRUPT', details: { firstSeq: 201, lastSeq: 300 } }
  await expect(readAll(log, 1)).rejects.toMatchObject(corrupt)
  await expect(readAll(log, 290, { backwards: true })).rejects.toMatchObject(corrupt)
  expect(seqsOf(await readAll(log, 301))).toEqual(range(301, 800))
  await append(log, frames(1))
  await log.durable(801)
  await log.close()
})

test('verify reports the damaged chunk and continues', async () => {
  const log = await damagedLog(flipNeedle)
  const checks = await checksOf(log)
  expect(checks.map(({ firstSeq }) => firstSeq)).toEqual(range(0, 7).map((nth) => nth * 100 + 1))
  expect(checks.reduce((sum, { count }) => sum + count, 0)).toBe(800)
  const bad = checks.filter(({ error }) => error !== undefined)
  expect(bad).toMatchObject([{ firstSeq: 201, lastSeq: 300, error: { code: 'TCN_LOG_CORRUPT' } }])
  await log.close()
})

test('a truncated file is detected, and other segments can still be read', async () => {
  const log = await damagedLog((file) => truncateSync(file, 130_000))
  expect(seqsOf(await readAll(log, log.last - 100))).toEqual(range(700, 800))
  await expect(readAll(log, 1)).rejects.toMatchObject({ code: 'TCN_LOG_CORRUPT' })
  expect((await checksOf(log)).filter(({ error }) => error !== undefined).length).toBeGreaterThan(0)
  await log.close()
})

test('a file that is not an LMDB file is detected, and other segments can still be read', async () => {
  const log = await damagedLog((file) => writeFileSync(file, 'gone'))
  await expect(readAll(log, 1)).rejects.toMatchObject({ code: 'TCN_LOG_CORRUPT' })
  expect(seqsOf(await readAll(log, 701))).toEqual(range(701, 800))
  expect((await checksOf(log))[0]).toMatchObject({ firstSeq: 1, error: { code: 'TCN_LOG_CORRUPT' } })
  const report = await log.compact({ count: 100 })
  expect(report.removed?.from).toBe(1)
  await log.close()
})

test('an empty folder whose events are in the previous segment is removed when the log opens', async () => {
  const folder = temporaryFolder('log')
  const shadow = join(folder, 'segments', '0000000000000250')
  let log = await damagedLogIn(folder, () => mkdirSync(shadow))
  expect(seqsOf(await readAll(log, 1))).toEqual(range(1, 800))
  expect(existsSync(shadow)).toBe(false)
  await log.close()
  log = await openLmdb({ ...small, folder })
  expect(seqsOf(await readAll(log, 240, { to: 260 }))).toEqual(range(240, 260))
  await log.close()
})

test('a segment whose removal was interrupted is removed when the log opens', async () => {
  const folder = temporaryFolder('log')
  const log = await damagedLogIn(folder, async (file) => {
    const meta = LogMeta.open({ folder: join(folder, 'meta'), runtime: realRuntime, restored: false })
    await meta.keptFrom(2)
    await meta.close(800)
    renameSync(dirname(file), `${dirname(file)}.removed`)
  })
  expect(readdirSync(join(folder, 'segments')).filter((name) => name.endsWith('.removed'))).toEqual([])
  expect(seqsOf(await readAll(log, 1))).toEqual(range(log.first, 800))
  expect(log.first).toBeGreaterThan(1)
  await log.close()
})

test('a read that asks for it passes a damaged chunk, and goes on with the first sound event after it', async () => {
  const log = await damagedLog(flipNeedle)
  const sound = [...range(1, 200), ...range(301, 800)]
  const damaged = [{ from: 201, to: 300 }]
  expect(await readOn(log, 1)).toEqual({ seqs: sound, damaged })
  expect(await readOn(log, 800, { backwards: true })).toEqual({ seqs: sound.toReversed(), damaged })
  expect(await readOn(log, 1, { prefixes: ['test/'] })).toEqual({ seqs: sound, damaged })
  expect(await readOn(log, 1, { prefixes: ['test/frames'] })).toEqual({ seqs: sound, damaged })
  await log.close()
})

test('a damaged range is cut to the part that is read', async () => {
  const log = await damagedLog(flipNeedle)
  expect(await readOn(log, 250, { to: 310 })).toEqual({
    seqs: range(301, 310),
    damaged: [{ from: 250, to: 300 }],
  })
  expect(await readOn(log, 190, { to: 220 })).toEqual({
    seqs: range(190, 200),
    damaged: [{ from: 201, to: 220 }],
  })
  expect(await readOn(log, 310, { to: 290, backwards: true })).toEqual({
    seqs: range(301, 310).toReversed(),
    damaged: [{ from: 290, to: 300 }],
  })
  expect(await readOn(log, 1, { to: 200 })).toEqual({ seqs: range(1, 200), damaged: [] })
  await log.close()
})

const unreadable: [string, (file: string) => void][] = [
  ['is no LMDB file', (file) => writeFileSync(file, 'gone')],
  ['is missing', (file) => rmSync(file)],
  ['is empty', (file) => truncateSync(file, 0)],
]
for (const [what, damage] of unreadable) {
  test(`a segment whose file ${what} is one damaged range`, async () => {
    const log = await damagedLog(damage)
    const { seqs, damaged } = await readOn(log, 1)
    expect(damaged).toEqual([{ from: 1, to: seqs[0] - 1 }])
    expect(seqs).toEqual(range(seqs[0], 800))
    const backwards = await readOn(log, 800, { backwards: true })
    expect(backwards).toEqual({ seqs: seqs.toReversed(), damaged })
    await log.close()
  })
}

test('nothing of a log with a damaged page is left out without a word, whichever page it is', async () => {
  const page = 4096
  const folder = temporaryFolder('log')
  let file = ''
  await (await damagedLogIn(folder, (first) => (file = first))).close()
  const sound = readFileSync(file)
  for (let at = 2 * page; at < sound.length; at += page) {
    writeFileSync(file, Buffer.from(sound).fill(0, at, at + page))
    const log = await openLmdb({ ...small, folder })
    for (const limits of [{}, { prefixes: ['test/'] }, { backwards: true }]) {
      const { seqs, damaged } = await readOn(log, 'backwards' in limits ? 800 : 1, limits)
      const all = [...seqs, ...damaged.flatMap(({ from, to }) => range(from, to))]
      expect(
        all.sort((a, b) => a - b),
        `page ${at / page}`,
      ).toEqual(range(1, 800))
    }
    await log.close()
  }
}, 300_000)

test('a summary that is damaged hides no other chunk', async () => {
  const log = await damagedLog((file) => {
    const bytes = readFileSync(file)
    // The first and last seq of the chunk, as its summary has them.
    const at = bytes.indexOf(Buffer.from('c9000000000000002c01000000000000', 'hex'))
    expect(at).toBeGreaterThan(0)
    bytes[at + 8] ^= 0xff
    writeFileSync(file, bytes)
  })
  const damaged = [{ from: 201, to: 300 }]
  expect((await readOn(log, 1)).damaged).toEqual(damaged)
  expect((await readOn(log, 800, { backwards: true })).damaged).toEqual(damaged)
  const covered: number[] = []
  for await (const { firstSeq } of log.summaries!(1, 800)) covered.push(firstSeq)
  expect(covered).toEqual([1, 101, 301, 401, 501, 601, 701])
  expect((await checksOf(log)).flatMap(({ error, firstSeq }) => (error ? [firstSeq] : []))).toEqual([201])
  await log.close()
})

test('a segment that cannot be opened for now is not told as damaged, and can be read later', async () => {
  let sound = ''
  const log = await damagedLog((file) => {
    sound = file
    renameSync(file, `${file}.kept`)
    symlinkSync(file, file)
  })
  await expect(readOn(log, 1)).rejects.toMatchObject({ code: 'TCN_LOG_READ' })
  await expect(checksOf(log)).rejects.toMatchObject({ code: 'TCN_LOG_READ' })
  rmSync(sound)
  renameSync(`${sound}.kept`, sound)
  expect(await readOn(log, 1)).toEqual({ seqs: range(1, 800), damaged: [] })
  await log.close()
})

test('the message of a failed read names the segment, but not the folder of the log', async () => {
  for (const damage of [
    flipNeedle,
    (file: string) => rmSync(file),
    (file: string) => writeFileSync(file, ''),
  ]) {
    const folder = temporaryFolder('log')
    const log = await damagedLogIn(folder, damage)
    const error = await readAll(log, 1).catch((thrown) => thrown)
    expect(error.message).toContain('segment 0000000000000001, events')
    expect(JSON.stringify([error.message, error.details])).not.toContain(folder)
    await log.close()
  }
})
