import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CompressedSegment, EventLog, LmdbLogOptions } from '../../../src/log/index.js'
import { rewriteSegment } from '../../../src/log/lmdb/rewriting/rewrite-segment.js'
import { append, frames } from '../conformance/tools.js'
import { openLmdb } from '../lmdb-folder.js'

export const small = { segment: { bytes: 300_000 } }

/** Opens a log that compresses its segments in the thread of the test. */
export function openCompressing(options: Partial<LmdbLogOptions> = {}) {
  return openLmdb({ ...small, rewrite: rewriteSegment, ...options })
}

/** Events 1 to 800 in three segments, which begin with 1, 291 and 581, in chunks of 10 or 20 events. */
export async function fill(log: EventLog): Promise<void> {
  for (let nth = 0; nth < 80; nth++)
    await log.durable(await append(log, frames(10, 1000, `test/part-${nth % 8}`), [producer(nth)]))
}

function producer(nth: number) {
  return { key: 'admin/p', first: nth * 10 + 1, last: nth * 10 + 10, count: 10 }
}

export async function compressAll(
  log: EventLog,
  signal = new AbortController().signal,
): Promise<CompressedSegment[]> {
  const parts: CompressedSegment[] = []
  for await (const part of log.compress!(signal)) parts.push(part)
  return parts
}

export function foldersOf(folder: string): string[] {
  return readdirSync(join(folder, 'segments')).sort()
}
