import type { Command } from 'commander'
import type { RuleInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import {
  hubOptions,
  jsonOption,
  type ReportOptions,
  rangeOptions,
  reportFormatOption,
  reportOptions,
} from '../../help/options.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import type { TestOptions } from './test-options.js'

export function defineRules(program: Command, io: Io): void {
  const rules = define(program, 'rules', 'Show rules, and try them on events of the past', {
    group: groups.consumers,
    notes: [
      'Rules are configured in `rules`: which events lead to another event, to a delivery by a sink, or to a job.',
    ],
    examples: [
      { command: 'tocsin rules', does: 'how often each rule has matched and acted' },
      {
        command: 'tocsin rules test tocsin.yaml --from -1d',
        does: 'what the rules of a file would have done since yesterday',
      },
    ],
  })
  defineList(rules, io)
  defineShow(rules, io)
  defineTest(rules, io)
  defineLibrary(rules, io)
}

function defineList(rules: Command, io: Io): void {
  const command = define(rules, 'list', 'List rules with their counters', {
    isDefault: true,
    examples: [
      {
        command: "tocsin rules list --format json | jq -r 'select(.stopped + .failed > 0) | .name'",
        does: 'rules that a guard has stopped, or whose events could not be made',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { rules } = await ask(io, options, 'rules.list', {})
    await report(io, options.format, rules, () =>
      rules.length === 0
        ? ['no rules are configured']
        : tableLines(columnsFor(rules, Date.now() * 1000), rules, io.out.columns),
    )
  })
}

function defineShow(rules: Command, io: Io): void {
  const command = define(rules, 'show <name>', 'Show one rule with its settings and counters', {
    notes: ['Filters are shown in their canonical form, and durations in milliseconds.'],
    examples: [{ command: 'tocsin rules show disk-full', does: 'all that is known about it' }],
  })
  reportOptions(command).action(async (name: string, options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const rule = await ask(io, options, 'rules.show', { name })
    const { yamlDocument } = await import('../../output/yaml.js')
    await report(io, options.format, [rule], () => yamlDocument(rule).trimEnd().split('\n'))
  })
}

function defineTest(rules: Command, io: Io): void {
  const command = define(rules, 'test <file>', 'Run tests of rules, or rules on events of the past', {
    notes: [
      'A file with `tests` says which events or log lines come when, and which alerts and events follow. Each test is run with the code that the hub runs, in the time that the file says; exit code 1 if one fails. - marks what was expected and not made, + what was made and not expected, ! a rule that a guard has stopped or that has failed.',
      'With any other file it says what the rules would make of each event that matches, and why not: counted (n of m), waiting, followed, once, loop, rate, failed, late, early. Nothing is published, delivered or run. Rules also see what they themselves would make; events that rules had made when the recording was taken are left out.',
      'Reads the section `rules` of a configuration. The events are those of a file of tocsin record or export or of lines of CloudEvents, with --events, or those of a range of the log of a hub. The types of events are those that the hub knows; with --events, those that this program knows and those of `types.folder` in the configuration.',
    ],
    examples: [
      { command: 'tocsin rules test disk.test.yaml', does: 'run the tests of a file, such as in CI' },
      {
        command: 'tocsin rules test tocsin.yaml --events bug.tocsin',
        does: 'on recorded events, without a hub',
      },
      {
        command: 'tocsin rules test tocsin.yaml --from -1h --rule disk-full',
        does: 'one rule on the last hour of the log',
      },
      {
        command:
          'tocsin rules test tocsin.yaml --from -1d --format json | jq \'select(.outcome == "fired")\'',
        does: 'each event that the rules would have made since yesterday',
      },
    ],
  })
  command
    .option('--events <file>', 'recorded events instead of the log of a hub; - is stdin')
    .option('--rule <name>', 'show only this rule')
    .option('--summary', 'show only the counts of each rule')
  rangeOptions(command, { usual: '-1h' }, { usual: 'the current end' })
  jsonOption(reportFormatOption(command))
  hubOptions(command)
  command.action(async (file: string, options: TestOptions) => {
    const { testRules } = await import('./test-rules.js')
    await testRules(io, file, options)
  })
}

function defineLibrary(rules: Command, io: Io): void {
  const command = define(rules, 'library', 'List the ready rules, by kits', {
    notes: ['A hub runs the rules of the kits that `ruleKits` in its configuration names.'],
    examples: [
      { command: 'tocsin rules library', does: 'all of them, with their severities' },
      {
        command: 'tocsin rules library --format yaml',
        does: 'their settings, as a configuration has them',
      },
    ],
  })
  jsonOption(reportFormatOption(command)).action(async (options: { format?: string; json?: boolean }) => {
    const { showLibrary } = await import('./show-library.js')
    await showLibrary(io, options.json === true ? 'json' : options.format)
  })
}

/** Columns of rules with `eventTime`. */
const eventTimeColumns: readonly Column<RuleInfo>[] = [
  { title: 'HELD', text: (row) => formatCount(row.held), right: true },
  { title: 'LATE', text: (row) => formatCount(row.late), right: true },
]

function columnsFor(rules: readonly RuleInfo[], now: number): readonly Column<RuleInfo>[] {
  const goByTime = rules.some(({ held, late }) => held > 0 || late > 0)
  const ago = (time: number | undefined) => (time === undefined ? '' : formatSpan(now - time))
  return [
    { title: 'NAME', text: (row) => row.name, flexible: true },
    { title: 'STATE', text: (row) => row.state },
    { title: 'MATCHED', text: (row) => formatCount(row.matched), right: true },
    { title: 'FIRED', text: (row) => formatCount(row.fired), right: true },
    { title: 'ONCE', text: (row) => formatCount(row.suppressed), right: true },
    { title: 'STOPPED', text: (row) => formatCount(row.stopped), right: true },
    { title: 'FAILED', text: (row) => formatCount(row.failed), right: true },
    { title: 'WAITING', text: (row) => formatCount(row.waiting), right: true },
    ...(goByTime ? eventTimeColumns : []),
    { title: 'LAST', text: (row) => ago(row.lastFired), right: true },
    { title: 'REASON', text: (row) => row.reason ?? '', flexible: true },
  ]
}
