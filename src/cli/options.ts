import { type Command, InvalidArgumentError, Option } from 'commander'
import { TocsinError } from '../event/errors.js'
import { parsePosition } from '../event/range.js'
import { parseDuration } from '../types/quantities.js'
import { type FormatName, formatNames } from './output/names.js'

/** Options that several commands share: the same name means the same everywhere. */

export interface HubOptions {
  socket?: string
  url?: string
  context?: string
  /** ms */
  timeout?: number
}
/** Of a command that shows an answer of the hub. */
export interface ReportOptions extends HubOptions {
  format?: string
}
export interface RangeOptions {
  from?: string
  to?: string
}
export interface WhereOptions {
  where?: string
}
export interface FormatOptions {
  format?: string
  fields?: string
  template?: string
}
export interface StreamOptions extends HubOptions, RangeOptions, WhereOptions, FormatOptions {
  count?: number
  strict?: boolean
}

export function hubOptions(
  command: Command,
  timeout = 'how long to wait for an answer, such as 10s (default: 30s)',
  parseTime = parseTimeout,
): Command {
  return addressOptions(command).addOption(new Option('--timeout <duration>', timeout).argParser(parseTime))
}

/** Which hub. */
export function addressOptions(command: Command): Command {
  return command
    .option(
      '--socket <path>',
      'socket of the hub (default: TOCSIN_URL, the current context, the usual places)',
    )
    .addOption(
      new Option(
        '--url <address>',
        'address of the hub: unix:/path, tcp://host:port, tls://, ws://, https:// …',
      ).conflicts('socket'),
    )
    .addOption(
      new Option('--context <name>', 'hub by its name; see tocsin context').conflicts(['socket', 'url']),
    )
}

/** Which hub, said before the command, is as if said behind it; what is said there wins. */
export function handDownAddress(program: Command, command: Command): void {
  const given = Object.entries(program.opts()).filter(([name]) => ADDRESSES.includes(name))
  if (given.length === 0 || ADDRESSES.some((name) => command.getOptionValue(name) !== undefined)) return
  for (const [name, value] of given) {
    if (!command.options.some((option) => option.attributeName() === name)) {
      throw new TocsinError('TCN_USAGE', `--${name} does not go with tocsin ${command.name()}`)
    }
    command.setOptionValueWithSource(name, value, 'cli')
  }
}

const ADDRESSES = ['socket', 'url', 'context']

export function rangeOptions(command: Command, from: string, to: string | undefined): Command {
  command.addOption(new Option('--from <position>', from).argParser(checkPosition))
  if (to !== undefined) command.addOption(new Option('--to <position>', to).argParser(checkPosition))
  return command
}

/** For events. */
export function formatOptions(command: Command, usual: FormatName = 'line'): Command {
  return command
    .addOption(
      new Option('--format <name>', 'how events are shown; see tocsin help formats')
        .choices(formatNames)
        .default(usual),
    )
    .addOption(
      new Option('--fields <list>', 'these fields, separated by tabs: time,tag,data.jid').conflicts([
        'template',
        'format',
      ]),
    )
    .addOption(
      new Option('--template <text>', "a line such as '{{.time}} {{.tag}} {{.data.retcode}}'").conflicts(
        'format',
      ),
    )
}

/** For lists and reports. */
export function reportFormatOption(command: Command): Command {
  const names = ['line', 'json', 'yaml']
  return command.addOption(
    new Option('--format <name>', 'line for people, json (one object a line), yaml')
      .choices(names)
      .default('line'),
  )
}

export function reportOptions(command: Command): Command {
  return hubOptions(reportFormatOption(command))
}

export function countOption(command: Command, text: string): Command {
  return command.addOption(new Option('--count <n>', text).argParser(parseCount))
}

export function strictOption(command: Command): Command {
  return command.option('--strict', 'end with exit code 6 at the first gap')
}

/** For every command that takes a filter. */
export function whereOption(command: Command): Command {
  return command.option('--where <condition>', 'and this condition in SQL; see tocsin help filters')
}

export function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d{1,15}$/.test(text) || count < 1) throw new InvalidArgumentError('It is not a number from 1 up.')
  return count
}

/** Timers cannot wait longer. */
const LONGEST_MS = 24 * 86400e3

/** ms */
export function parseTimeout(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 1 || ms > LONGEST_MS) {
    throw new InvalidArgumentError('It is not a duration from 1ms to 24d, such as 500ms, 30s, 5m, 1h.')
  }
  return ms
}

/** ms; from nothing to a century. */
export function parseTimeSpan(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms > LONGEST_SPAN) {
    throw new InvalidArgumentError('It is not a duration, such as 30s, 1h, 30d.')
  }
  return ms
}

const LONGEST_SPAN = 100 * 365 * 86400e3

export function checkPosition(text: string): string {
  parsePosition(text)
  return text
}
