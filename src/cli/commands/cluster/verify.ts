import { formatTime } from '../../../event/position.js'
import type {
  ClusterVerifyPart,
  ClusterVerifyReport,
  VerifiedStream,
} from '../../../methods/contract/index.js'
import { Exit } from '../../help/exit-codes.js'
import type { ReportOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount, plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { type Column, tableLines } from '../../terminal/table.js'

/** A large log takes long. */
const LONG_MS = 24 * 3600e3

type Difference = VerifiedStream['differences'][number]

/** Compares what the servers have of the streams of a cluster. */
export async function verifyCluster(io: Io, options: ReportOptions): Promise<void> {
  const found = await verified(io, options)
  await report(io, options.format, [found], () => [
    ...tableLines(columns, found.streams, io.out.columns),
    '',
    ...serverLines(found.streams),
    ...found.streams.flatMap(streamLines),
    ...found.hubs.flatMap((hub) => hubLines(hub, found.streams[0])),
    ...summaryOf(found),
  ])
  if (found.result !== 'equal') throw new Ending(Exit.failed)
}

function verified(io: Io, options: ReportOptions): Promise<ClusterVerifyReport> {
  return withHub(io, options, async (client) => {
    let last: unknown
    const progress = new Progress(io, () => {
      const { stream, compared, total } = last as ClusterVerifyPart
      return `${stream}: compared ${formatCount(compared)} of ${plural(total, 'message')}`
    })
    const timeout = options.timeout ?? LONG_MS
    for await (const part of client.requestParts('cluster.verify', {}, { signal: io.signal, timeout })) {
      last = part
      if (isPart(part)) progress.tick()
    }
    progress.end()
    return last as ClusterVerifyReport
  })
}

function isPart(part: unknown): part is ClusterVerifyPart {
  return typeof part === 'object' && part !== null && 'compared' in part
}

const RESULTS = {
  equal: 'the same',
  different: 'different',
  incomplete: 'not known',
  single: 'one copy',
  absent: 'not there',
}

const columns: readonly Column<VerifiedStream>[] = [
  { title: 'STREAM', text: (row) => row.stream, flexible: true },
  { title: 'HOLDS', text: (row) => row.holds, flexible: true },
  { title: 'MESSAGES', text: (row) => formatCount(row.messages), right: true },
  { title: 'RANGE', text: rangeOf },
  { title: 'SERVERS', text: (row) => row.servers.map(({ server }) => server).join(' ') },
  { title: 'RESULT', text: (row) => RESULTS[row.result] },
]

function rangeOf({ first, last, messages }: VerifiedStream): string {
  return messages === 0 ? '' : `@${first} to @${last}`
}

/** A server that is away is named once, and not with each stream. */
function serverLines(streams: readonly VerifiedStream[]): string[] {
  const missing = new Map<string, string[]>()
  for (const { stream, servers } of streams)
    for (const { server, fault } of servers) {
      if (fault === undefined) continue
      const reason = `${server}: ${fault}`
      missing.set(reason, [...(missing.get(reason) ?? []), stream])
    }
  return [...missing].map(([reason, names]) => {
    const where = names.length === 1 ? names[0] : `${names.length} of ${streams.length} streams`
    return `not compared: ${where} at ${reason}`
  })
}

function streamLines({ stream, fault, differences }: VerifiedStream): string[] {
  return [
    ...(fault === undefined ? [] : [`not compared: ${stream}: ${fault}`]),
    ...differences.flatMap((difference) => differenceLines(stream, difference)),
  ]
}

function differenceLines(stream: string, { from, to, places, copies }: Difference): string[] {
  const range = from === to ? `@${from}` : `@${from} to @${to}, ${plural(places, 'place')}`
  return [
    `different: ${stream} ${range}`,
    ...copies.map(({ servers, subject, time }) => {
      const what =
        subject === undefined || time === undefined ? 'nothing' : `${subject}, stored ${formatTime(time)}`
      return `  @${from} at ${servers.join(', ')}: ${what}`
    }),
  ]
}

function hubLines(
  { hub, last = 0, diverged, fault }: ClusterVerifyReport['hubs'][number],
  log: VerifiedStream,
): string[] {
  if (fault !== undefined) return [`not compared: ${hub}: ${fault}`]
  const isAhead = log.last !== undefined && last > log.last
  return [
    ...(isAhead ? [`different: ${hub} has delivered up to @${last}, and the log ends at @${log.last}`] : []),
    ...diverged.map(
      ({ from, to }) => `different: ${hub} has delivered other events than the log has at @${from} to @${to}`,
    ),
  ]
}

function summaryOf({ result, streams }: ClusterVerifyReport): string[] {
  const count = plural(streams.length, 'stream')
  const messages = plural(
    streams.reduce((sum, stream) => sum + stream.messages, 0),
    'message',
  )
  if (result === 'equal' && streams.every(({ result }) => result === 'single' || result === 'absent'))
    return [`${count}, ${messages}: one server stores them, and there is nothing to compare`]
  if (result === 'equal') return [`${count}, ${messages}: all servers have the same`]
  if (result === 'incomplete')
    return [`${count}, ${messages}: no difference found, but not everything was compared`]
  const different = streams.filter((stream) => stream.result === 'different').length
  if (different === 0)
    return [`${count}, ${messages}: the servers have the same, and hubs have delivered something else`]
  return [
    `${different} of ${count} differ`,
    'Let no server go that has what most of them have. The guide of clusters says how one that differs gets the copy of the others.',
  ]
}
