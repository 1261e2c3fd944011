import { beforeEach, expect, it } from 'vitest'
import { Event, iterateFrames } from '../../src/event/event.js'
import { encodeFrame } from '../../src/event/frame.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { openLmdbLog, restoreLmdbLog } from '../../src/log/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('restore')
})

const options = () => ({ runtime: realRuntime, folder, typeOf: () => 'demo.event' })

const frame = (seq: number) =>
  encodeFrame({
    seq,
    time: 1.7e15 + seq,
    tag: 'demo/n',
    source: 'me',
    attributes: new Uint8Array(),
    body: encode('x'.repeat(seq % 300)),
  })

/** Yields pieces of up to `size` frames. */
async function* pieces(seqs: number[], size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < seqs.length; at += size) yield Buffer.concat(seqs.slice(at, at + size).map(frame))
}

async function seqsOf(log: Awaited<ReturnType<typeof openLmdbLog>>): Promise<number[]> {
  const seqs: number[] = []
  for await (const { bytes } of log.read(1, {})) for (const { seq } of iterateFrames(bytes)) seqs.push(seq)
  return seqs
}

it('a restored log keeps the seqs of its frames, including holes, and continues after them', async () => {
  const seqs = Array.from({ length: 20_000 }, (_, n) => 41 + n + (n >= 7000 ? 1_000_000 : 0))
  const { epoch } = await restoreLmdbLog(options(), pieces(seqs, 999))
  const log = await openLmdbLog(options())
  expect(log.epoch).toBe(epoch)
  expect([log.first, log.last, log.lost]).toEqual([41, 1_020_040, []])
  expect(await seqsOf(log)).toEqual(seqs)
  expect(await log.seek(1.7e15 + 1_010_000)).toBe(1_010_000)
  for await (const { error } of log.verify!()) expect(error).toBeUndefined()
  const batch = { bytes: frame(0), count: 1, firstSeq: 0, lastSeq: 0 }
  const last = await new Promise((resolve) => log.append(batch, (_error, seq) => resolve(seq)))
  expect(last).toBe(1_020_041)
  await log.close()
})

it('restoring no frames creates an empty log', async () => {
  await restoreLmdbLog(options(), pieces([], 1))
  const log = await openLmdbLog(options())
  expect([log.first, log.last]).toEqual([1, 0])
  await log.close()
})

it('frames out of order are refused', async () => {
  await expect(restoreLmdbLog(options(), pieces([2, 1], 1))).rejects.toMatchObject({
    code: 'TCN_LOG_CORRUPT',
  })
})

it('a restored frame keeps its time', async () => {
  await restoreLmdbLog(options(), pieces([7], 1))
  const log = await openLmdbLog(options())
  for await (const { bytes } of log.read(7, {})) expect(new Event(bytes).time).toBe(1.7e15 + 7)
  await log.close()
})
