import { type Command, Option } from 'commander'
import { TocsinError } from '../../errors/tocsin-error.js'
import { inZone, whyEmpty } from '../../event/empty-range.js'
import { localZone } from '../../event/zone.js'
import { type TimeStyle, timeStyles } from '../output/times.js'
import { pathOf } from './define.js'
import { type Particulars, sharedOption } from './vocabulary.js'

/** Groups of options that several commands have. */

export interface HubOptions {
  socket?: string
  url?: string
  context?: string
  /** ms */
  timeout?: number
}
/** For commands that show an answer of the hub. */
export interface ReportOptions extends HubOptions {
  format?: string
}
export interface HubChoice {
  hub?: string
  here?: boolean
}
export interface RangeOptions {
  from?: string
  to?: string
}
export interface ByEventTime {
  eventTime?: boolean
}
export interface EdgeOptions {
  edges?: string
}
export interface WhereOptions {
  where?: string
  severity?: string
  host?: string
}
export interface FormatOptions {
  format?: string
  fields?: string
  template?: string
  time?: TimeStyle
}
export interface GrepOptions {
  grep?: string
  part?: boolean
  ignoreCase?: boolean
}
export interface StreamOptions
  extends GrepOptions,
    HubOptions,
    RangeOptions,
    ByEventTime,
    WhereOptions,
    EdgeOptions,
    FormatOptions {
  count?: number
  /** ms */
  duration?: number
  strict?: boolean
  last?: number
  reverse?: boolean
  follow?: boolean
  showCursor?: boolean
}

/** Options that choose a hub, and how long to wait for it. */
export function hubOptions(command: Command, timeout: Particulars = { usual: '30s' }): Command {
  return addressOptions(command).addOption(sharedOption('--timeout', timeout))
}

/** Options that choose a hub. */
export function addressOptions(command: Command): Command {
  return command
    .addOption(sharedOption('--socket', { usual: 'TOCSIN_URL, the current context, the usual places' }))
    .addOption(sharedOption('--url').conflicts('socket'))
    .addOption(sharedOption('--context').conflicts(['socket', 'url']))
}

/** For commands that show all hubs of a cluster. */
export function hubChoiceOptions(command: Command): Command {
  return command.addOption(sharedOption('--hub')).addOption(sharedOption('--here').conflicts('hub'))
}

/** Options that choose a hub may stand before the command; those after the command take precedence. */
export function handDownAddress(program: Command, command: Command): void {
  const given = Object.entries(program.opts()).filter(([name]) => ADDRESSES.includes(name))
  if (given.length === 0 || ADDRESSES.some((name) => command.getOptionValue(name) !== undefined)) return
  for (const [name, value] of given) {
    if (!command.options.some((option) => option.attributeName() === name)) {
      throw new TocsinError('TCN_USAGE', `--${name} cannot be used with ${pathOf(command)}`)
    }
    command.setOptionValueWithSource(name, value, 'cli')
  }
}

const ADDRESSES = ['socket', 'url', 'context']

export function rangeOptions(command: Command, from: Particulars, to?: Particulars): Command {
  addWithSynonym(command, sharedOption('--from', from), '--since')
  if (to !== undefined) addWithSynonym(command, sharedOption('--to', to), '--until')
  return command
}

/** Throws TCN_RANGE_INVALID if a range ends before it begins, in the words of this time zone. */
export function checkOrder({ from, to }: RangeOptions): void {
  if (typeof from !== 'string' || typeof to !== 'string') return
  const now = Date.now() * 1000
  const why = whyEmpty({ from, to }, now, inZone(now, localZone), Number.POSITIVE_INFINITY)
  if (why !== undefined) throw new TocsinError('TCN_RANGE_INVALID', why)
}

/** Other programs know the option by the synonym, which works without being shown. */
export function addWithSynonym(command: Command, option: Option, synonym: string): Command {
  return command.addOption(option).addOption(new Synonym(option, synonym))
}

class Synonym extends Option {
  readonly #meant: string

  constructor(meant: Option, name: string) {
    super(meant.flags.replace(/.*--[a-z-]+/, name), `the same as ${meant.long}`)
    this.#meant = meant.attributeName()
    this.parseArg = meant.parseArg
    this.hideHelp()
  }

  override attributeName(): string {
    return this.#meant
  }
}

export const formatNames = ['line', 'long', 'json', 'yaml', 'raw', 'frame'] as const
export type FormatName = (typeof formatNames)[number]

/** For events. */
export function formatOptions(command: Command, usual: FormatName = 'line'): Command {
  return command
    .addOption(
      sharedOption('--format', { short: '-o', note: 'see tocsin help formats' })
        .choices(formatNames)
        .default(usual),
    )
    .addOption(sharedOption('--fields').conflicts(['template', 'format']))
    .addOption(sharedOption('--template').conflicts('format'))
    .addOption(sharedOption('--time').choices(timeStyles))
}

/** For lists and reports. */
export function reportFormatOption(command: Command): Command {
  const names = ['line', 'json', 'yaml']
  return command.addOption(
    sharedOption('--format', {
      short: '-o',
      note: 'line for people, json (one object a line) or yaml',
    })
      .choices(names)
      .default('line'),
  )
}

/** A hidden short form of `--format json`. */
export function jsonOption(command: Command): Command {
  return command.addOption(new Option('--json', 'the same as --format json').hideHelp())
}

export function reportOptions(command: Command, timeout?: Particulars): Command {
  return hubOptions(reportFormatOption(command), timeout)
}

export interface YesOptions {
  yes?: boolean
}

/** For commands that remove what cannot be brought back. */
export function yesOption(command: Command): Command {
  return command.addOption(sharedOption('--yes', { short: '-y' }))
}

export function countOption(command: Command, particulars?: Particulars): Command {
  return command.addOption(sharedOption('--count', particulars))
}

/** The last events, and what is said at the end. */
export function lastOption(command: Command, particulars?: Particulars): Command {
  return command
    .addOption(sharedOption('--last', { short: '-n', ...particulars }))
    .addOption(sharedOption('--show-cursor'))
}

/** For streams of events, which end with their own exit code if there was no event. */
export function durationOption(command: Command): Command {
  return command.addOption(sharedOption('--duration', { note: 'exit code 5 if there was no event' }))
}

export function strictOption(command: Command): Command {
  return command.addOption(sharedOption('--strict', { note: 'at the first gap' }))
}

/** For commands that can ask edge hubs. */
export function edgesOption(command: Command, conflicts: readonly string[] = []): Command {
  return command.addOption(sharedOption('--edges').conflicts([...conflicts]))
}

/** For commands that print or count events. */
export function grepOptions(command: Command): Command {
  return command
    .addOption(sharedOption('--grep', { note: 'whole words, or an expression in RE2 syntax' }))
    .addOption(sharedOption('--part'))
    .addOption(sharedOption('--ignore-case', { short: '-i' }))
}

/** For every command that takes a filter. */
export function conditionOptions(command: Command): Command {
  return command
    .addOption(sharedOption('--where'))
    .addOption(sharedOption('--severity'))
    .addOption(sharedOption('--host'))
}

/** For commands of jobs. */
export function commandOption(): Option {
  const append = (given: string, before: string[] = []): string[] => [...before, given]
  return sharedOption('--command', { short: '-c' }).argParser(append)
}

export function choiceOption(
  flags: string,
  text: string,
  choices: readonly string[],
  fallback?: string,
): Option {
  const option = new Option(flags, text).choices(choices)
  return fallback === undefined ? option : option.default(fallback)
}
