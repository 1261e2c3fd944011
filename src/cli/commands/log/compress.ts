import type { CompressPart, CompressReport } from '../../../methods/contract/index.js'
import { Exit } from '../../help/exit-codes.js'
import type { ReportOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatBytes, plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'

/** A large log takes long. */
const LONG_MS = 24 * 3600e3

/** A task for all segments that take no more events. */
interface SegmentWork {
  readonly method: 'log.compress' | 'log.index'
  readonly failure: string
  readonly nothing: string
}

const compression: SegmentWork = {
  method: 'log.compress',
  failure: 'not compressed',
  nothing: 'nothing to compress: the newest segment takes new events, and stays as it is',
}

const indexing: SegmentWork = {
  method: 'log.index',
  failure: 'without an index',
  nothing: 'nothing to do: all segments but the newest, which takes new events, have an index',
}

/** Compresses the segments of the log that take no more events. */
export function compressLog(io: Io, options: ReportOptions): Promise<void> {
  return storeAnew(io, options, compression)
}

/** Makes the index of words of the segments that take no more events and have none. */
export function indexLog(io: Io, options: ReportOptions): Promise<void> {
  return storeAnew(io, options, indexing)
}

async function storeAnew(io: Io, options: ReportOptions, work: SegmentWork): Promise<void> {
  const { result, failed } = await withHub(io, options, async (client) => {
    const seen = { segments: 0, before: 0, after: 0, left: 0 }
    const failed: CompressPart[] = []
    let result: CompressReport | undefined
    const progress = new Progress(io, () => progressText(seen))
    const limits = { signal: io.signal, timeout: options.timeout ?? LONG_MS }
    for await (const part of client.requestParts(work.method, {}, limits)) {
      if (isReport(part)) result = part
      if (!isPart(part)) continue
      seen.segments++
      seen.before += part.bytesBefore
      seen.after += part.bytesAfter
      seen.left = part.left
      if (part.error) failed.push(part)
      progress.tick()
    }
    progress.end()
    return { result, failed }
  })
  if (result === undefined) return
  await report(io, options.format, [{ ...result, faults: failed }], () => [
    ...failed.map((part) => failureText(part, work)),
    summaryOf(result, work),
  ])
  if (result.failed > 0) throw new Ending(Exit.failed)
}

function isReport(part: unknown): part is CompressReport {
  return typeof part === 'object' && part !== null && 'failed' in part
}

function isPart(part: unknown): part is CompressPart {
  return typeof part === 'object' && part !== null && 'left' in part
}

function progressText({
  segments,
  before,
  after,
  left,
}: Record<'segments' | 'before' | 'after' | 'left', number>) {
  return `${plural(segments, 'segment')}, ${formatBytes(before)} to ${formatBytes(after)}; ${left} more`
}

function failureText({ segment, firstSeq, lastSeq, error }: CompressPart, { failure }: SegmentWork): string {
  return `${failure}: ${segment} @${firstSeq} to @${lastSeq}: ${error?.message} (${error?.code})`
}

function summaryOf(
  { segments, bytesBefore, bytesAfter, failed }: CompressReport,
  { nothing }: SegmentWork,
): string {
  if (segments === 0) return nothing
  const stay = failed === 0 ? '' : `; ${plural(failed, 'segment')} stay as they were`
  return `${plural(segments, 'segment')}: ${formatBytes(bytesBefore)} to ${formatBytes(bytesAfter)} on disk${stay}`
}
