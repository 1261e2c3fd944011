import { join } from 'node:path'
import { TocsinError } from '../../errors/tocsin-error.js'
import { frameBytes, frameSeq } from '../../event/frame.js'
import { decodeUtf8 } from '../../event/utf8.js'
import { ChunkQueue, COMMIT_BYTES } from './chunk-queue.js'
import type { LmdbLogOptions } from './lmdb-log.js'
import { toLogFault } from './log-fault.js'
import { LogMeta } from './log-meta.js'
import { Segments } from './segments.js'

const DAY_MICROS = 24 * 3600 * 1e6

/** Whole frames with rising seq, in buffers that are not reused. */
export type FramePieces = AsyncIterable<Uint8Array>

/**
 * Creates a log in an empty folder from frames that already have their seq and time. The log gets a new epoch,
 * since the old one may have assigned further seqs. New events are numbered after the last of the frames.
 */
export async function restoreLmdbLog(
  options: Omit<LmdbLogOptions, 'restored'>,
  pieces: FramePieces,
): Promise<{ epoch: string }> {
  const { folder, runtime, segment = {} } = options
  let meta: LogMeta | undefined
  let segments: Segments | undefined
  try {
    meta = LogMeta.open({ folder: join(folder, 'meta'), runtime, restored: true })
    const limits = { bytes: segment.bytes ?? 2 ** 30, age: segment.age ?? DAY_MICROS }
    segments = new Segments(join(folder, 'segments'), meta, limits, runtime)
    await segments.open()
    const last = await store(segments, options, pieces)
    meta.begin({ lastStored: last, gone: [], isDamaged: false })
    await segments.close()
    await meta.close(last)
    return { epoch: meta.epoch }
  } catch (thrown) {
    await segments?.close().catch(() => undefined)
    await meta?.close(undefined).catch(() => undefined)
    throw toLogFault(thrown)
  }
}

/** Stores the frames. Resolves with the last seq. */
async function store(
  segments: Segments,
  { typeOf, typeOfBytes }: Omit<LmdbLogOptions, 'restored'>,
  pieces: FramePieces,
): Promise<number> {
  const queue = new ChunkQueue(typeOfBytes ?? ((bytes, start, end) => typeOf(decodeUtf8(bytes, start, end))))
  let last = segments.active?.totals.lastSeq ?? 0
  for await (const bytes of pieces) {
    const { count, lastSeq } = rising(bytes, last)
    if (count === 0) continue
    queue.add({ bytes, start: 0, end: bytes.length, count, firstSeq: frameSeq(bytes, 0), lastSeq })
    queue.endBatch()
    last = lastSeq
    if (queue.bytes >= COMMIT_BYTES) await commit(segments, queue)
  }
  await commit(segments, queue)
  return last
}

async function commit(segments: Segments, queue: ChunkQueue): Promise<void> {
  queue.seal()
  for (let writes = queue.take(); writes.length > 0; writes = queue.take()) {
    await segments.store(writes)
    queue.stored(writes)
  }
}

function rising(bytes: Uint8Array, after: number): { count: number; lastSeq: number } {
  let [count, lastSeq] = [0, after]
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) {
    const seq = frameSeq(bytes, at)
    if (seq <= lastSeq) throw new TocsinError('TCN_LOG_CORRUPT', `event ${seq} comes after ${lastSeq}`)
    lastSeq = seq
    count++
  }
  return { count, lastSeq }
}
