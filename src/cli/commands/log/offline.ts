import { join } from 'node:path'
import { pathEnvironment } from '../../../config/home.js'
import { loadConfig } from '../../../config/load.js'
import { dataFolder, dataOption } from '../../../config/paths.js'
import { hubConfig } from '../../../hub/config/index.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { inspectLmdbLog, type LogFindings, repairLmdbLog, type SegmentFindings } from '../../../log/index.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatBytes, plural } from '../../terminal/figures.js'

export interface OfflineOptions {
  config?: string
  data?: string
  format?: string
  apply?: boolean
}

/** Checks the log of a data folder that no hub uses. */
export async function verifyOffline(io: Io, options: OfflineOptions): Promise<void> {
  const found = await inspectLmdbLog(places(io, options))
  await print(io, options, found, [summaryOf(found), ...nextLines(found, options)])
  if (isDamaged(found) || found.lost.length > 0) throw new Ending(Exit.failed)
}

/** Makes damaged segments anew with `apply`; otherwise shows what that would do. */
export async function repairLog(io: Io, options: OfflineOptions): Promise<void> {
  const run = options.apply ? repairLmdbLog : inspectLmdbLog
  const found = await run(places(io, options))
  const last = options.apply
    ? 'Start the hub: readers are told what is lost.'
    : `Nothing is changed. To save what can be read, run \`${repairCommand(options)} --apply\`.`
  await print(io, options, found, [summaryOf(found), ...(isDamaged(found) ? [last] : [])])
  if (isDamaged(found) && !options.apply) throw new Ending(Exit.failed)
}

function places(io: Io, { config: file, data }: OfflineOptions) {
  const environment = pathEnvironment(io.env)
  const configured = data ?? loadConfig(hubConfig, { config: file, environment }).config.data
  return { folder: join(dataFolder(configured, environment), 'log'), runtime: nodeRuntime() }
}

async function print(io: Io, { format }: OfflineOptions, found: LogFindings, last: string[]): Promise<void> {
  const segments = found.segments.map(({ damaged, ...segment }) => ({
    ...segment,
    damaged: damaged.map(({ firstSeq, lastSeq, error }) => ({
      from: firstSeq,
      to: lastSeq,
      reason: error?.message,
    })),
  }))
  await report(io, format, [{ notes: found.notes, lost: found.lost, segments }], () => [
    ...found.notes,
    ...found.segments.flatMap(linesOf),
    ...found.lost.map(({ from, to }) => `lost: @${from} to @${to}; readers are told of it`),
    ...last,
  ])
}

function linesOf({ path, events, damaged, aside }: SegmentFindings): string[] {
  if (damaged.length === 0) return []
  return [
    `damaged: ${path}: ${plural(events, 'event')} can be read`,
    ...damaged.map(({ firstSeq, lastSeq, error }) => `  @${firstSeq} to @${lastSeq}: ${error?.message}`),
    ...(aside === undefined ? [] : [`  made anew; the damaged one is kept as ${aside}`]),
  ]
}

function summaryOf({ segments }: LogFindings): string {
  const sum = (key: 'chunks' | 'events' | 'bytes') =>
    segments.reduce((total, segment) => total + segment[key], 0)
  const damaged = segments.reduce((total, segment) => total + segment.damaged.length, 0)
  return `${plural(sum('events'), 'event')} in ${plural(sum('chunks'), 'chunk')}, ${formatBytes(sum('bytes'))}: ${damaged === 0 ? 'no damage found' : `${damaged} damaged`}`
}

function nextLines(found: LogFindings, options: OfflineOptions): string[] {
  return isDamaged(found) ? [`Run \`${repairCommand(options)}\` to see what can be saved.`] : []
}

function repairCommand({ data }: OfflineOptions): string {
  return `tocsin log repair${dataOption(data)}`
}

function isDamaged({ notes, segments }: LogFindings): boolean {
  return notes.length > 0 || segments.some(({ damaged }) => damaged.length > 0)
}
