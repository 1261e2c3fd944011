import type { Runtime } from '../../event/runtime.js'
import type { CompactionReport, Retention, SeqRange } from '../event-log.js'
import { expiredSegments } from '../retention.js'
import type { LogMeta } from './log-meta.js'
import type { Segments } from './segments.js'

/** Removes segments of which nothing needs to be kept. Bytes in the report are file sizes. */
export async function compact(
  segments: Segments,
  meta: LogMeta,
  runtime: Runtime,
  policy: Retention,
  cause: CompactionReport['cause'],
): Promise<CompactionReport> {
  const start = runtime.now()
  const bytesBefore = fileBytes(segments)
  const removed = await removeExpired(segments, policy, start)
  const before = meta.lastCompaction
  const report: CompactionReport = {
    file: segments.folder,
    cause,
    bytesBefore,
    bytesAfter: fileBytes(segments),
    bytesAfterLast: before?.report.bytesAfter ?? 0,
    start,
    duration: runtime.now() - start,
    transactions: segments.commits - (before?.commits ?? 0),
    removed,
  }
  meta.compacted(report, segments.commits, removed === undefined ? 0 : removed.to + 1)
  return report
}

async function removeExpired(
  segments: Segments,
  policy: Retention,
  now: number,
): Promise<SeqRange | undefined> {
  const extents = segments.all.map(({ totals, fileBytes }) => ({ ...totals, bytes: fileBytes }))
  const active = extents.pop()
  if (active === undefined) return undefined
  const removed = await segments.removeOldest(expiredSegments(extents, active, policy, now))
  return removed.length === 0 ? undefined : { from: removed[0].firstSeq, to: removed.at(-1)!.totals.lastSeq }
}

function fileBytes(segments: Segments): number {
  return segments.all.reduce((sum, segment) => sum + segment.fileBytes, 0)
}
