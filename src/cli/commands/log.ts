import type { Command } from 'commander'
import type { VerifyPart, VerifyReport } from '../../bus/method-types.js'
import { formatTime } from '../../event/range.js'
import type { CompactionReport } from '../../log/event-log.js'
import { define } from '../define.js'
import { Exit } from '../exit-codes.js'
import { formatBytes, formatCount, formatSpan, plural } from '../figures.js'
import { groups } from '../groups.js'
import { Ending, type Io } from '../io.js'
import { logDetails } from '../log-facts.js'
import { type ReportOptions, reportOptions } from '../options.js'
import { Progress } from '../progress.js'
import { report } from '../report.js'
import { factLines } from '../table.js'

/** A large log takes its time. */
const LONG_MS = 24 * 3600e3

export function defineLog(program: Command, io: Io): void {
  const log = define(program, 'log', 'the log: what it holds, is it sound, make room', {
    group: groups.log,
    examples: [
      { command: 'tocsin log info', does: 'how much there is, and what is kept' },
      { command: 'tocsin log verify', does: 'check every stored chunk' },
    ],
  })
  subcommand(log, io, 'info', 'how much there is, and what is kept', showInfo)
  subcommand(
    log,
    io,
    'verify',
    'check every stored chunk against its checksum; exit code 1 when one is faulty',
    verify,
  )
  subcommand(log, io, 'compact', 'remove now what the retention lets go', compact)
}

function subcommand(
  log: Command,
  io: Io,
  name: string,
  summary: string,
  run: (io: Io, options: ReportOptions) => Promise<void>,
): void {
  const command = define(log, name, summary, {
    changes: name === 'compact',
    examples: [{ command: `tocsin log ${name}`, does: summary }],
  })
  reportOptions(command)
  command.action((options: ReportOptions) => run(io, options))
}

async function showInfo(io: Io, options: ReportOptions): Promise<void> {
  const { ask } = await import('../hub.js')
  const info = await ask(io, options, 'log.info', {})
  await report(io, options.format, [info], () => factLines(logDetails(info), io.out.columns))
}

async function verify(io: Io, options: ReportOptions): Promise<void> {
  const { withHub } = await import('../hub.js')
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
        `faulty: ${part.segment} @${part.firstSeq} to @${part.lastSeq}: ${part.error?.message} (${part.error?.code})`,
    ),
    result.chunks === 0
      ? 'no chunk is stored: there is nothing to check'
      : `${plural(result.events, 'event')} in ${plural(result.chunks, 'chunk')}, ${formatBytes(result.bytes)}: ${result.faulty === 0 ? 'all sound' : `${result.faulty} faulty`}`,
  ])
  if (result.faulty > 0) throw new Ending(Exit.failed)
}

function isPart(part: unknown): part is VerifyPart {
  return typeof part === 'object' && part !== null && 'segment' in part
}

async function compact(io: Io, options: ReportOptions): Promise<void> {
  const { ask } = await import('../hub.js')
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
