import { type Command, Option } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { AlertInfo, SilenceInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { jsonOption, type ReportOptions, reportOptions } from '../../help/options.js'
import { parseTimeSpan } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { shortTime } from '../../output/times.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'

interface AlertOptions extends ReportOptions {
  json?: boolean
}

export function defineAlerts(program: Command, io: Io): void {
  const alerts = define(program, 'alerts', 'Show alerts, silence and end them', {
    group: groups.consumers,
    notes: [
      'Rules with `alert` begin and end alerts. A silence keeps the notices about alerts from sinks; they begin and end all the same.',
    ],
    examples: [
      { command: 'tocsin alerts', does: 'what is wrong now, the worst first' },
      {
        command: "tocsin alerts silence rule=disk-full 'host=web*' --for 2h --why 'disks are replaced'",
        does: 'no notices about these until the work is done',
      },
    ],
  })
  defineList(alerts, io)
  defineSilence(alerts, io)
  defineUnsilence(alerts, io)
  defineResolve(alerts, io)
}

function defineList(alerts: Command, io: Io): void {
  const command = define(alerts, 'list', 'List alerts that fire, the worst and oldest first', {
    isDefault: true,
    notes: ['Alerts that have ended are events: tocsin read alert/ --from -1d.'],
    examples: [
      { command: 'tocsin alerts list --silenced', does: 'also those that are silenced, and the silences' },
      {
        command: 'tocsin alerts list --format json | jq -r \'select(.severity == "critical") | .key\'',
        does: 'keys of the worst, for tocsin alerts resolve',
      },
    ],
  })
  command.option('--silenced', 'show those that are silenced too, and the silences')
  jsonOption(reportOptions(command)).action(async (options: AlertOptions & { silenced?: boolean }) => {
    const { ask } = await import('../../hub/connect.js')
    const { alerts, silences, more } = await ask(io, options, 'alerts.list', {
      all: options.silenced === true,
    })
    const now = Date.now() * 1000
    await report(io, formatOf(options), alerts, () =>
      alerts.length === 0 ? ['no alert fires'] : tableLines(columnsAt(now), alerts, io.out.columns),
    )
    if (options.silenced === true && silences.length > 0 && formatOf(options) === 'line')
      await report(io, 'line', silences, () => ['', ...tableLines(silenceColumns, silences, io.out.columns)])
    if (more) io.note('there are more alerts than are shown')
  })
}

function defineSilence(alerts: Command, io: Io): void {
  const command = define(alerts, 'silence <match...>', 'Keep notices about alerts from sinks for a time', {
    changes: true,
    notes: [
      'Each match is NAME=PATTERN, and all must match: rule, key, severity or the name of a label, and a glob. Prints the id of the silence. When it ends, sinks hear of the alerts that fire still.',
    ],
    examples: [
      {
        command: "tocsin alerts silence host=db1 --for 2h --why 'moved to another rack'",
        does: 'all alerts with this label',
      },
      {
        command: "tocsin alerts silence rule=* severity=info --for 60d --long --why 'not before spring'",
        does: 'more than 30 days, which is rarely right',
      },
    ],
  })
  command
    .addOption(
      new Option('--for <duration>', 'how long, such as 2h; at most 30 days')
        .argParser(parseTimeSpan)
        .makeOptionMandatory(),
    )
    .requiredOption('--why <text>', 'the reason, which is stored')
    .option('--long', 'allow more than 30 days')
  jsonOption(reportOptions(command)).action(
    async (words: string[], options: AlertOptions & { for: number; why: string; long?: boolean }) => {
      const { ask } = await import('../../hub/connect.js')
      const until = (Date.now() + options.for) * 1000
      const { why, long: force = false } = options
      const { silence } = await ask(io, options, 'alerts.silence', {
        ...{ matchers: matchersIn(words), until, why, force },
      })
      await report(io, formatOf(options), [silence], () => [
        `${silence.id} until ${shortTime(silence.until)}`,
      ])
    },
  )
}

function defineUnsilence(alerts: Command, io: Io): void {
  const command = define(alerts, 'unsilence <id>', 'End a silence', {
    changes: true,
    notes: ['Sinks hear of the alerts that fire still.'],
    examples: [
      { command: 'tocsin alerts unsilence 5fe2a01c', does: 'the id is in tocsin alerts list --silenced' },
    ],
  })
  jsonOption(reportOptions(command)).action(async (id: string, options: AlertOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { silence } = await ask(io, options, 'alerts.unsilence', { id })
    await report(io, formatOf(options), [silence], () => [`the silence ${silence.id} has ended`])
  })
}

function defineResolve(alerts: Command, io: Io): void {
  const command = define(alerts, 'resolve <key>', 'End an alert by hand', {
    changes: true,
    notes: ['It begins again with the next event that matches.'],
    examples: [
      {
        command: "tocsin alerts resolve 1f0c2b9a77d3e460 --why 'file system checked'",
        does: 'the key is in tocsin alerts',
      },
    ],
  })
  command.option('--why <text>', 'the reason, which is stored')
  jsonOption(reportOptions(command)).action(async (key: string, options: AlertOptions & { why?: string }) => {
    const { ask } = await import('../../hub/connect.js')
    const { why } = options
    const { alert } = await ask(io, options, 'alerts.resolve', { key, ...(why !== undefined && { why }) })
    await report(io, formatOf(options), [alert], () => [`${alert.rule} ${alert.key} ends: ${alert.summary}`])
  })
}

function formatOf({ json, format }: AlertOptions): string | undefined {
  return json === true ? 'json' : format
}

/** Throws TCN_USAGE for a word without an equals sign. */
function matchersIn(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at < 1) throw new TocsinError('TCN_USAGE', `${JSON.stringify(word)} is not NAME=PATTERN`)
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

function columnsAt(now: number): readonly Column<AlertInfo>[] {
  return [
    { title: 'SEVERITY', text: (row) => row.severity },
    { title: 'RULE', text: (row) => row.rule },
    { title: 'KEY', text: (row) => row.key },
    { title: 'SINCE', text: (row) => formatSpan(now - row.start), right: true },
    { title: 'COUNT', text: (row) => formatCount(row.count), right: true },
    { title: 'STATE', text: (row) => stateOf(row) },
    { title: 'TO', text: ({ sinks }) => sinks?.join(', ') ?? '' },
    { title: 'SUMMARY', text: (row) => row.summary, flexible: true },
  ]
}

function stateOf({ silenced, held }: AlertInfo): string {
  if (silenced === true) return 'silenced'
  return held === true ? 'ending' : 'firing'
}

const silenceColumns: readonly Column<SilenceInfo>[] = [
  { title: 'SILENCE', text: (row) => row.id },
  { title: 'UNTIL', text: (row) => shortTime(row.until) },
  { title: 'BY', text: (row) => row.by },
  { title: 'MATCHES', text: (row) => textOf(row.matchers), flexible: true },
  { title: 'WHY', text: (row) => row.why, flexible: true },
]

function textOf(matchers: Readonly<Record<string, string>>): string {
  return Object.entries(matchers)
    .map(([name, pattern]) => `${name}=${pattern}`)
    .join(' ')
}
