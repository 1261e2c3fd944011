import { type Command, InvalidArgumentError, Option } from 'commander'
import { messageOf } from '../../../errors/thrown.js'
import { asFields } from '../../../event/json/object.js'
import type { RightsParams } from '../../../methods/contract/index.js'
import { sharedOption } from '../../help/vocabulary.js'

type Part = string | Record<string, unknown>

export interface RightsOptions {
  all?: boolean
  publish?: Part[]
  see?: Part[]
  produce?: Part[]
  gate?: Part[]
  consume?: string[]
  run?: string[]
  ask?: string[]
  admin?: boolean
  monitor?: boolean
  source?: string
}

const EVENT_RIGHTS = ['publish', 'see', 'produce', 'gate'] as const

/** Rights on the command line. Options that take a value may be given several times. */
export function rightsOptions(command: Command): Command {
  const extent = "'*', a prefix that ends in /, or a filter in JSON form"
  return command
    .addOption(eventRight('see', `events that it may see: ${extent}`))
    .addOption(eventRight('publish', 'events that it may publish'))
    .addOption(eventRight('produce', 'events that it may publish for other sources'))
    .addOption(eventRight('gate', 'events that it may hold at a gate'))
    .addOption(
      new Option('--consume <name>', "durable consumer that it may use, or '*' for all").argParser(collect),
    )
    .addOption(
      new Option('--run <program>', "program that its jobs may run, or '*' for all of the hub's").argParser(
        collect,
      ),
    )
    .addOption(
      new Option('--ask <edges>', "edge hubs that it may ask: a name or glob, or '*' for all").argParser(
        collect,
      ),
    )
    .option('--monitor', 'may look at the state of the hub, and at no event: for Prometheus')
    .option('--admin', 'may perform administrative operations')
    .addOption(sharedOption('--source', { usual: 'its name' }))
    .addOption(
      new Option('--all', 'all rights').conflicts([
        ...EVENT_RIGHTS,
        'consume',
        'run',
        'ask',
        'monitor',
        'admin',
      ]),
    )
}

/** Undefined if no right is given. */
export function givenRights(options: RightsOptions): '*' | RightsParams | undefined {
  if (options.all) return '*'
  const rights: RightsParams = {}
  for (const right of EVENT_RIGHTS) {
    const parts = options[right]
    if (parts !== undefined) rights[right] = parts.includes('*') ? '*' : parts
  }
  const { consume, run, ask, admin, monitor, source } = options
  if (consume !== undefined) rights.consume = consume.includes('*') ? '*' : consume
  if (run !== undefined) rights.run = run.includes('*') ? '*' : run
  if (ask !== undefined) rights.ask = ask.includes('*') ? '*' : ask
  if (admin) rights.admin = true
  if (monitor) rights.monitor = true
  if (source !== undefined) rights.source = source
  return Object.keys(rights).length === 0 ? undefined : rights
}

/** `see * · publish demo/`, for people. */
export function rightsText(rights: '*' | RightsParams): string {
  if (rights === '*') return 'everything'
  const texts = Object.entries(rights).map(([right, extent]) =>
    extent === true ? right : `${right} ${extentText(extent)}`,
  )
  return texts.length === 0 ? 'none' : texts.join(' · ')
}

function extentText(extent: unknown): string {
  const parts = Array.isArray(extent) ? extent : [extent]
  return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(',')
}

function eventRight(right: (typeof EVENT_RIGHTS)[number], text: string): Option {
  return new Option(`--${right} <events>`, text).argParser((given: string, before: Part[] = []) => [
    ...before,
    parsePart(given),
  ])
}

function parsePart(text: string): Part {
  if (text === '*' || (text.endsWith('/') && !text.startsWith('{'))) return text
  if (!text.startsWith('{')) {
    throw new InvalidArgumentError("It is not '*', a prefix that ends in / or a filter in JSON form.")
  }
  try {
    return asFields(JSON.parse(text))
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${messageOf(error)}.`)
  }
}

function collect(given: string, before: string[] = []): string[] {
  return [...before, given]
}
