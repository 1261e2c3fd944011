import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Runtime } from '../../event/runtime.js'
import { Environment, type Write } from '../../storage/environment.js'
import { dataFile, isUnwritten, syncFolder } from '../../storage/folder.js'
import { faultOfDataFile } from '../../storage/lmdb-file.js'
import { DAMAGED, putAside } from '../../storage/put-aside.js'
import type { ChunkCheck, LostRange, SeqRange } from '../event-log.js'
import { checksOf } from './chunk-walks.js'
import { damagedIn } from './damaged-range.js'
import { toLogFault } from './log-fault.js'
import { LogMeta } from './log-meta.js'
import { LogOwner } from './log-owner.js'
import { MetaCopy, type MetaRecords } from './meta-copy.js'
import { CHUNKS, Segment, SUMMARIES, TOTALS } from './segment.js'
import { isSegment, nameOf, segmentNames } from './segment-folder.js'
import { type SegmentTotals, totalsFrom } from './segment-totals.js'
import type { SummaryHeader } from './summary-codec.js'

const MAP_SIZE = 4 * 1024 ** 3
/** Bytes of one commit. */
const COMMIT_BYTES = 8 * 1024 * 1024
const REPAIRED = '.repaired'

export interface RepairOptions {
  /** The log's own folder. */
  folder: string
  runtime: Runtime
}

/** The faults of a stored log. */
export interface LogFindings {
  /** Damage that concerns no range of events, or events that are not in any segment. */
  notes: string[]
  /** The ranges that are known to be lost. */
  lost: SeqRange[]
  segments: SegmentFindings[]
}

export interface SegmentFindings {
  path: string
  firstSeq: number
  lastSeq: number
  isNewest: boolean
  /** Sound chunks, with their events and bytes. */
  chunks: number
  events: number
  bytes: number
  /** One for each damaged range. */
  damaged: ChunkCheck[]
  /** Where the damaged segment was put aside, if it was repaired. */
  aside?: string
}

/** Reads a log that no hub uses, and changes nothing. Rejects with TCN_LOG_LOCKED, and with faults of the disk. */
export function inspectLmdbLog(options: RepairOptions): Promise<LogFindings> {
  return asOwner(options, () => inspect(options.folder))
}

/**
 * Makes damaged segments anew from what is sound in them, and keeps the damaged ones under another name. The events
 * that are lost are recorded, so that each reader is told of them.
 */
export function repairLmdbLog(options: RepairOptions): Promise<LogFindings> {
  return asOwner(options, async () => {
    const found = await inspect(options.folder)
    const meta = LogMeta.open({
      folder: join(options.folder, 'meta'),
      runtime: options.runtime,
      restored: false,
    })
    try {
      for (const findings of found.segments) {
        if (findings.damaged.length > 0) await repairSegment(findings, meta, options)
      }
      if (meta.repaired !== undefined) found.notes.push(meta.repaired)
    } finally {
      await meta.close(undefined)
    }
    return found
  })
}

async function asOwner<Result>(
  { folder, runtime }: RepairOptions,
  run: () => Promise<Result>,
): Promise<Result> {
  let owner: LogOwner | undefined
  try {
    owner = await LogOwner.take(folder, runtime)
    return await run()
  } catch (thrown) {
    throw toLogFault(thrown)
  } finally {
    owner?.release()
  }
}

async function inspect(folder: string): Promise<LogFindings> {
  const segments: SegmentFindings[] = []
  const all = segmentFolders(join(folder, 'segments'))
  for (const [at, { firstSeq, path }] of all.entries()) {
    segments.push(await inspectSegment(firstSeq, path, all[at + 1]?.firstSeq))
  }
  const known = new MetaCopy(join(folder, 'meta.copy')).read()
  const notes = [...notesOn(folder, all, known), ...overlapsOf(segments)]
  return { notes, lost: lostIn(known), segments }
}

/** A copy of a segment under another name would hide events of others, and be counted twice. */
function overlapsOf(segments: readonly SegmentFindings[]): string[] {
  return segments.flatMap(({ path, lastSeq }, at) => {
    const next = segments[at + 1]
    if (next === undefined || next.events === 0 || lastSeq < next.firstSeq) return []
    return [
      `${next.path} begins with @${next.firstSeq}, which ${path} has too: move the one that does not belong there to another place`,
    ]
  })
}

async function inspectSegment(
  firstSeq: number,
  path: string,
  next: number | undefined,
): Promise<SegmentFindings> {
  const segment = new Segment(firstSeq, path, MAP_SIZE)
  const findings: SegmentFindings = {
    path,
    firstSeq,
    lastSeq: firstSeq - 1,
    isNewest: next === undefined,
    chunks: 0,
    events: 0,
    bytes: 0,
    damaged: [],
  }
  try {
    const totals = soundTotals(segment)
    segment.totals = totals ?? segment.totals
    // The last events of a damaged segment may not have been found.
    if ((totals === undefined || segment.fault !== undefined) && next !== undefined)
      segment.totals.lastSeq = next - 1
    findings.lastSeq = segment.lastSeq
    for await (const check of checksOf(segment)) {
      if (check.error !== undefined) findings.damaged.push(check)
      else count(findings, check)
    }
  } finally {
    await segment.shut()
  }
  return findings
}

function count(findings: SegmentFindings, { count, bytes }: ChunkCheck): void {
  findings.chunks++
  findings.events += count
  findings.bytes += bytes
}

/** Nothing can be read of a segment without a file. */
function soundTotals(segment: Segment): SegmentTotals | undefined {
  try {
    return segment.readTotals()
  } catch (thrown) {
    damagedIn(thrown)
    return undefined
  }
}

/** Compares the segments with what the meta file, or its copy, knows. */
function notesOn(
  folder: string,
  all: readonly { firstSeq: number }[],
  known: MetaRecords | undefined,
): string[] {
  const meta = join(folder, 'meta')
  const notes: string[] = []
  const fault = isUnwritten(meta) ? 'it is missing or empty' : faultOfDataFile(meta, true)
  const way = known ? 'It is made anew from its copy' : 'There is no copy: the log begins a new epoch'
  if (fault !== undefined) notes.push(`${dataFile(meta)}: ${fault}. ${way}`)
  const kept = Number(known?.get('kept') ?? Number.POSITIVE_INFINITY)
  for (const { firstSeq, lastSeq } of sealedIn(known)) {
    if (firstSeq >= kept && all.every((segment) => segment.firstSeq !== firstSeq))
      notes.push(`the segment with @${firstSeq} to @${lastSeq} is missing`)
  }
  return notes
}

function sealedIn(known: MetaRecords = new Map()): SegmentTotals[] {
  return [...known].flatMap(([name, value]) => (name.startsWith('segment/') ? [value as SegmentTotals] : []))
}

function lostIn(known: MetaRecords | undefined): SeqRange[] {
  return ((known?.get('lost') ?? []) as LostRange[]).filter(({ damaged }) => damaged)
}

/** The segments, and those that were put aside and have no successor. */
function segmentFolders(folder: string): { firstSeq: number; path: string }[] {
  if (!existsSync(folder)) return []
  const living = segmentNames(folder)
  const aside = readdirSync(folder).filter((name) => {
    const segment = name.slice(0, 16)
    return name.includes(DAMAGED) && isSegment(segment) && !living.includes(segment)
  })
  const all = [...living, ...aside].map((name) => ({
    firstSeq: Number(name.slice(0, 16)),
    path: join(folder, name),
  }))
  return all.sort((one, other) => one.firstSeq - other.firstSeq)
}

async function repairSegment(
  findings: SegmentFindings,
  meta: LogMeta,
  { folder, runtime }: RepairOptions,
): Promise<void> {
  const { path, firstSeq, lastSeq } = findings
  const segments = join(folder, 'segments')
  const fresh = join(segments, `${nameOf(firstSeq)}${REPAIRED}`)
  const { totals, lost } = await copySound(findings, fresh)
  // The hub puts the newest one aside itself, since it knows how far the log reached.
  if (totals.count === 0 && findings.isNewest) return
  findings.aside = path.includes(DAMAGED) ? path : putAside(path, runtime)
  const whole = { from: firstSeq, to: lastSeq }
  if (totals.count > 0) renameSync(fresh, join(segments, nameOf(totals.firstSeq)))
  syncFolder(segments)
  await meta.segmentRepaired(
    firstSeq,
    totals.count > 0 ? totals : undefined,
    totals.count > 0 ? lost : [whole],
  )
}

/** Copies the sound chunks to a new environment. A segment is named after its first event. */
async function copySound(
  { path, firstSeq, lastSeq }: SegmentFindings,
  fresh: string,
): Promise<{ totals: SegmentTotals; lost: SeqRange[] }> {
  rmSync(fresh, { recursive: true, force: true })
  const target = new Environment({ folder: fresh, tables: [CHUNKS, SUMMARIES], mapSize: MAP_SIZE })
  const segment = new Segment(firstSeq, path, MAP_SIZE)
  segment.totals.lastSeq = lastSeq
  const [copied, lost]: [SummaryHeader[], SeqRange[]] = [[], []]
  try {
    let waiting: Write[] = []
    let bytes = 0
    for (let seq = firstSeq; seq <= lastSeq; ) {
      const found = soundAt(segment, seq)
      if (found === undefined) break
      seq = found.to + 1
      if (found.chunk === undefined) {
        lost.push({ from: found.from, to: found.to })
        continue
      }
      copied.push(found.chunk)
      waiting.push({ table: CHUNKS, key: found.chunk.firstSeq, value: found.value })
      waiting.push({ table: SUMMARIES, key: found.chunk.firstSeq, value: found.summary })
      bytes += found.chunk.bytes
      if (bytes < COMMIT_BYTES) continue
      await target.commit(waiting)
      waiting = []
      bytes = 0
    }
    const totals = totalsFrom(copied[0]?.firstSeq ?? firstSeq, copied)
    waiting.push({ table: SUMMARIES, key: TOTALS, value: Buffer.from(JSON.stringify(totals)) })
    await target.commit(waiting)
    return { totals, lost }
  } finally {
    await target.close()
    await segment.shut()
    if (copied.length === 0) rmSync(fresh, { recursive: true, force: true })
  }
}

interface Found extends SeqRange {
  chunk?: SummaryHeader
  value?: Uint8Array
  summary?: Uint8Array
}

/** Returns the chunk at `seq`, or the next one; without it, the range is damaged. */
function soundAt(segment: Segment, seq: number): Found | undefined {
  try {
    const chunk = segment.locate(seq, false)
    if (chunk === undefined) return undefined
    return { from: chunk.firstSeq, to: chunk.lastSeq, chunk, ...segment.stored(chunk) }
  } catch (thrown) {
    return damagedIn(thrown)
  }
}
