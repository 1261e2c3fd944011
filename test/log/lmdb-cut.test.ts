import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { frameBytes, frameSeq } from '../../src/event/frame.js'
import type { EventLog, SeqRange } from '../../src/log/index.js'
import { append, frames, range } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const limits = { segment: { bytes: 100_000 }, ringBytes: 1, slabBytes: 20_000 }
const fileOf = (folder: string, firstSeq: number) =>
  join(folder, 'segments', String(firstSeq).padStart(16, '0'), 'data.mdb')

/** A log with events 1 to 300 in three segments, all of which were read. */
async function threeSegments() {
  const log = await openLmdb(limits)
  for (let nth = 0; nth < 15; nth++) await log.durable(await append(log, frames(20, 1000)))
  expect((await readAll(log)).seqs).toEqual(range(1, 300))
  return log
}

async function readAll(log: EventLog): Promise<{ seqs: number[]; damaged: SeqRange[] }> {
  const seqs: number[] = []
  const damaged: SeqRange[] = []
  for await (const { bytes } of log.read(1, { damaged: (found) => damaged.push(found) })) {
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) seqs.push(frameSeq(bytes, at))
  }
  return { seqs, damaged }
}

test.each([0, 4096, 40_960])(
  'a sealed segment that is cut to %i bytes while it is used is a damaged range, and all else is read',
  async (bytes) => {
    const log = await threeSegments()
    truncateSync(fileOf(log.folder, 101), bytes)
    const { seqs, damaged } = await readAll(log)
    expect(seqs).toEqual(
      range(1, 300).filter((seq) => damaged.every(({ from, to }) => seq < from || seq > to)),
    )
    expect(damaged.length).toBeGreaterThan(0)
    expect(damaged.every(({ from, to }) => from > 100 && to <= 200)).toBe(true)
    await log.close()
  },
)

test.each([0, 4096, 40_960])(
  'when the newest segment is cut to %i bytes while it is used, new events begin another one',
  async (bytes) => {
    const log = await threeSegments()
    truncateSync(fileOf(log.folder, 201), bytes)
    const last = await append(log, frames(20, 1000))
    await log.durable(last)
    const { seqs, damaged } = await readAll(log)
    expect(seqs.slice(-20)).toEqual(range(last - 19, last))
    expect(damaged.length).toBeGreaterThan(0)
    await log.close()
    const again = await openLmdb({ ...limits, folder: log.folder })
    expect((await readAll(again)).seqs).toEqual(seqs)
    await again.close()
  },
)
