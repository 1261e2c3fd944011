import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChunkCheck, EventLog } from '../../src/log/index.js'
import { append, frameOf, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb, temporaryFolder } from './lmdb-folder.js'

const small = { segment: { bytes: 300_000 } }

/** Opens a damaged log of three segments, in which event 250 has the word NEEDLE in its body. */
function damagedLog(damage: (file: string) => void): Promise<EventLog> {
  return damagedLogIn(temporaryFolder(), damage)
}

async function damagedLogIn(folder: string, damage: (file: string) => void): Promise<EventLog> {
  const log = await openLmdb({ ...small, folder })
  for (let nth = 0; nth < 8; nth++) {
    const part = frames(100, 1000)
    if (nth === 2) part[49] = needle()
    await log.durable(await append(log, part))
  }
  await log.close()
  damage(join(folder, 'segments', '0000000000000001', 'data.mdb'))
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
  const folder = temporaryFolder()
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
  const folder = temporaryFolder()
  const log = await damagedLogIn(folder, (file) => renameSync(dirname(file), `${dirname(file)}.removed`))
  expect(readdirSync(join(folder, 'segments')).filter((name) => name.endsWith('.removed'))).toEqual([])
  expect(seqsOf(await readAll(log, 1))).toEqual(range(log.first, 800))
  expect(log.first).toBeGreaterThan(1)
  await log.close()
})
