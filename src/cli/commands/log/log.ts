import type { Command } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { CompactionReport } from '../../../log/event-log.js'
import type { VerifyPart, VerifyReport } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { Exit } from '../../help/exit-codes.js'
import {
  type ReportOptions,
  reportFormatOption,
  reportOptions,
  type YesOptions,
  yesOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import { Ending, type Io } from '../../io.js'
import { logDetails, retentionText } from '../../output/answers.js'
import { report } from '../../output/report.js'
import { formatBytes, formatCount, formatSpan, plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { confirm } from '../../terminal/prompts.js'
import { factLines } from '../../terminal/table.js'
import { defineCopy } from './define-copy.js'
import type { OfflineOptions } from './offline.js'

/** Verifying or compacting a large log takes long. */
const LONG_MS = 24 * 3600e3

export function defineLog(program: Command, io: Io): void {
  const log = define(program, 'log', 'Inspect, verify, repair, compress, index and compact the log', {
    group: groups.inspect,
    examples: [
      { command: 'tocsin log show', does: 'its size, its range and what is kept' },
      { command: 'tocsin log verify', does: 'is it undamaged?' },
    ],
  })
  const show = define(log, 'show', 'Show the size, range and retention of the log', {
    formerly: 'info',
    isDefault: true,
    examples: [{ command: 'tocsin log show --format json | jq .bytes', does: 'its size in bytes' }],
  })
  reportOptions(show).action((options: ReportOptions) => showLog(io, options))
  const check = define(log, 'verify', 'Check every stored chunk against its checksum', {
    notes: [
      'The exit code is 1 if a chunk is damaged, or if stored events were missing when the hub started.',
      'With --data, it checks the log of a hub that does not run.',
    ],
    examples: [
      { command: 'tocsin log verify && tocsin backup /backup/tocsin', does: 'back up an undamaged log only' },
    ],
  })
  reportOptions(check).addOption(sharedOption('--data', { note: 'of a hub that does not run' }))
  check.action(async (options: ReportOptions & OfflineOptions) => {
    if (options.data === undefined) await verify(io, options)
    else await (await import('./offline.js')).verifyOffline(io, options)
  })
  const repair = define(log, 'repair', 'Save what is intact in damaged segments of a hub that does not run', {
    changes: true,
    notes: [
      'Without --apply, it only shows what is damaged, with exit code 1 if anything is.',
      'A damaged segment is kept beside the new one, with .damaged-<time> in its name; delete it when nothing more is to be saved from it. Subscribers receive a gap for the events that are lost.',
    ],
    examples: [
      {
        command: 'tocsin log repair --data /var/lib/tocsin',
        does: 'what is damaged, and what can be saved?',
      },
      { command: 'tocsin log repair --data /var/lib/tocsin --apply', does: 'save it' },
    ],
  })
  reportFormatOption(repair)
    .addOption(sharedOption('--data'))
    .addOption(sharedOption('--config'))
    .option('--apply', 'rebuild the damaged segments')
    .action(async (options: OfflineOptions) => (await import('./offline.js')).repairLog(io, options))
  defineCopy(log, io)
  const compression = define(log, 'compress', 'Compress at once the segments that take no more events', {
    changes: true,
    notes: [
      'With `log.compression: auto`, the default, the hub does so by itself. Earlier versions of Tocsin cannot read a log with compressed segments.',
    ],
    examples: [{ command: 'tocsin log compress', does: 'after an upgrade, or with `log.compression: off`' }],
  })
  reportOptions(compression).action(async (options: ReportOptions) =>
    (await import('./compress.js')).compressLog(io, options),
  )
  const index = define(log, 'index', 'Make at once the index of words of the segments that have none', {
    changes: true,
    notes: [
      'With `log.index: auto`, the default, the hub does so by itself for segments that take no more events. Events can be read meanwhile.',
      'With the index, questions about a word, a value or a host read only the parts of the log that may have it.',
    ],
    examples: [{ command: 'tocsin log index', does: 'after an upgrade, or with `log.index: off`' }],
  })
  reportOptions(index).action(async (options: ReportOptions) =>
    (await import('./compress.js')).indexLog(io, options),
  )
  const shrink = define(log, 'compact', 'Delete at once what the retention no longer keeps', {
    changes: true,
    examples: [{ command: 'tocsin log compact', does: 'after the retention was shortened' }],
  })
  reportOptions(yesOption(shrink)).action((options: ReportOptions & YesOptions) => compact(io, options))
}

async function showLog(io: Io, options: ReportOptions): Promise<void> {
  const { ask } = await import('../../hub/connect.js')
  const info = await ask(io, options, 'log.info', {})
  await report(io, options.format, [info], () => factLines(logDetails(info), io.out.columns))
}

async function verify(io: Io, options: ReportOptions): Promise<void> {
  const { withHub } = await import('../../hub/connect.js')
  const { result, faulty } = await withHub(io, options, async (client) => {
    const faulty: VerifyPart[] = []
    let checked = 0
    let last: unknown
    const progress = new Progress(io, () => `checked ${plural(checked, 'event')}`)
    const parts = client.requestParts(
      'log.verify',
      {},
      { signal: io.signal, timeout: options.timeout ?? LONG_MS },
    )
    for await (const part of parts) {
      last = part
      if (!isPart(part)) continue
      checked += part.count
      if (part.error) faulty.push(part)
      progress.tick()
    }
    progress.end()
    return { result: last as VerifyReport, faulty }
  })
  await report(io, options.format, [{ ...result, faults: faulty }], () => [
    ...faulty.map(
      (part) =>
        `damaged: ${part.segment} @${part.firstSeq} to @${part.lastSeq}: ${part.error?.message} (${part.error?.code})`,
    ),
    result.chunks === 0 && result.faulty === 0
      ? 'no chunk is stored: there is nothing to check'
      : `${plural(result.events, 'event')} in ${plural(result.chunks, 'chunk')}, ${formatBytes(result.bytes)}: ${result.faulty === 0 ? 'no damage found' : `${result.faulty} damaged`}`,
    ...(result.faulty > 0
      ? ['Stop the hub and run `tocsin log repair`, with its --data, to see what can be saved.']
      : []),
  ])
  if (result.faulty > 0) throw new Ending(Exit.failed)
}

function isPart(part: unknown): part is VerifyPart {
  return typeof part === 'object' && part !== null && 'segment' in part
}

async function compact(io: Io, options: ReportOptions & YesOptions): Promise<void> {
  const { ask } = await import('../../hub/connect.js')
  await confirm(io, options, async () => {
    const { retention } = await ask(io, options, 'log.info', {})
    return `this deletes stored events for good, but for what the retention keeps: ${retentionText(retention)}`
  })
  const result = await ask(io, { timeout: LONG_MS, ...options }, 'log.compact', {})
  await report(io, options.format, [result], () => factLines(compactionFacts(result), io.out.columns))
}

function compactionFacts(result: CompactionReport): [string, string | undefined][] {
  const { removed } = result
  return [
    ['log', result.file],
    ['started', `${formatTime(result.start)}, took ${formatSpan(result.duration)}`],
    ['before', formatBytes(result.bytesBefore)],
    ['after', formatBytes(result.bytesAfter)],
    ['last time', result.bytesAfterLast > 0 ? formatBytes(result.bytesAfterLast) : undefined],
    [
      'removed',
      removed ? `@${removed.from} to @${removed.to}` : 'nothing: no whole segment is over the limits',
    ],
    ['commits', `${formatCount(result.transactions)} since the last compaction`],
  ]
}
