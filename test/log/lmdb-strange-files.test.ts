import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspectLmdbLog, repairLmdbLog } from '../../src/log/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { append, frames, range, readAll, seqsOf } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

/** What may be in the place of a file. */
const strange: [name: string, make: (path: string) => void][] = [
  ['a folder', (path) => mkdirSync(path)],
  ['a device', (path) => symlinkSync('/dev/zero', path)],
]

/** A log with events 1 to 400 in two segments, of which the second begins with 301. */
async function makeLog(): Promise<{ folder: string; runtime: typeof realRuntime }> {
  const log = await openLmdb({ segment: { bytes: 300_000 } })
  for (let nth = 0; nth < 4; nth++) await log.durable(await append(log, frames(100, 1000)))
  await log.close()
  return { folder: log.folder, runtime: realRuntime }
}

function segmentOf(folder: string, firstSeq: number): string {
  return join(folder, 'segments', String(firstSeq).padStart(16, '0'))
}

function replace(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true })
  make(path)
}

/** Opens the log as a hub does. */
async function seqsIn(folder: string): Promise<number[]> {
  const log = await openLmdb({ folder })
  const seqs = seqsOf(await readAll(log, 1, { damaged: () => undefined }))
  await log.close()
  return seqs
}

test.each(strange)('%s in the place of the events of a segment costs these alone', async (_, make) => {
  const log = await makeLog()
  replace(join(segmentOf(log.folder, 1), 'data.mdb'), make)
  const [first, second] = (await inspectLmdbLog(log)).segments
  expect(first.damaged.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([[1, 300]])
  expect(first.damaged[0].error?.message).toContain('data.mdb: it is not a regular file')
  expect([second.events, second.damaged]).toEqual([100, []])
  expect(await seqsIn(log.folder)).toEqual(range(301, 400))
  await repairLmdbLog(log)
  expect((await inspectLmdbLog(log)).lost).toMatchObject([{ from: 1, to: 300 }])
  expect(await seqsIn(log.folder)).toEqual(range(301, 400))
})

test.each(strange)('%s in the place of the newest events is put aside', async (_, make) => {
  const { folder } = await makeLog()
  replace(join(segmentOf(folder, 301), 'data.mdb'), make)
  expect(await seqsIn(folder)).toEqual(range(1, 300))
})

test.each(strange)('%s in the place of a lock file costs no event', async (_, make) => {
  const log = await makeLog()
  for (const segment of [1, 301]) replace(join(segmentOf(log.folder, segment), 'lock.mdb'), make)
  expect(await seqsIn(log.folder)).toEqual(range(1, 400))
  await repairLmdbLog(log)
  expect((await inspectLmdbLog(log)).segments.flatMap(({ damaged }) => damaged)).toEqual([])
  expect(await seqsIn(log.folder)).toEqual(range(1, 400))
})

test.each(strange)('%s in the place of the meta file is replaced by its copy', async (_, make) => {
  const log = await makeLog()
  replace(join(log.folder, 'meta', 'data.mdb'), make)
  expect((await inspectLmdbLog(log)).notes).toEqual([expect.stringContaining('it is not a regular file')])
  expect(await seqsIn(log.folder)).toEqual(range(1, 400))
  expect((await inspectLmdbLog(log)).notes).toEqual([])
})

test('a file in the place of a segment is reported as damage', async () => {
  const log = await makeLog()
  replace(segmentOf(log.folder, 1), (path) => cpSync(join(log.folder, 'meta.copy'), path))
  const [first] = (await inspectLmdbLog(log)).segments
  expect(first.damaged.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([[1, 300]])
})

test('a folder with a number that no event can have is not read as a segment', async () => {
  const log = await makeLog()
  renameSync(segmentOf(log.folder, 1), segmentOf(log.folder, 9_999_999_999_999_998))
  const { notes, segments } = await inspectLmdbLog(log)
  expect(notes).toEqual(['the segment with @1 to @300 is missing'])
  expect(segments.map(({ firstSeq }) => firstSeq)).toEqual([301])
})

test('a copy of a segment under another name is reported, since its events would count twice', async () => {
  const log = await makeLog()
  cpSync(segmentOf(log.folder, 1), segmentOf(log.folder, 201), { recursive: true })
  expect((await inspectLmdbLog(log)).notes).toEqual([expect.stringContaining('begins with @201')])
})
