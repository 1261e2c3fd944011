import type { Argument, Command, Option } from 'commander'
import { catalogue } from '../../../errors/catalogue.js'
import { severityNames } from '../../../event/severity.js'
import { subscribableClasses } from '../../../protocols/sysadm/codec/classes.js'
import { findCommand } from '../../help/define.js'
import { topics } from '../../help/topics.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { maskWords } from '../ncs/mask-argument.js'

const severityWords = severityNames.map((name) => `severity>=${name}`)

/** Somebody is waiting: no tags are better than late ones. */
const PATIENCE_MS = 800

/**
 * Candidates for the last word, as `<word>\t<description>`. A candidate that ends in `/` can be completed further.
 * Errors of the hub are not reported; they mean that there are no candidates.
 */
export async function complete(program: Command, io: Io, words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? ''
  const { command, previous, operands } = walk(program, words.slice(0, -1))
  const option = previous === undefined ? undefined : findOption(command, program, previous)
  if (option && takesValue(option)) return values(option, current)
  if (current.startsWith('-')) return optionWords(command, current)
  const below = command.commands.filter((each) => !isHidden(each))
  if (below.length > 0 && operands === 0)
    return begin(
      below.map((each) => `${each.name()}\t${each.summary()}`),
      current,
    )
  return argumentWords(io, command, operands, current, targetIn(words))
}

interface CompletionPoint {
  command: Command
  /** The preceding word, if it is an option. */
  previous: string | undefined
  /** The number of words of this command that are not options. */
  operands: number
}

function walk(program: Command, words: readonly string[]): CompletionPoint {
  let command = program
  let operands = 0
  let previous: string | undefined
  for (const word of words) {
    const option = previous === undefined ? undefined : findOption(command, program, previous)
    const isValue = option !== undefined && takesValue(option)
    previous = undefined
    if (isValue) continue
    if (word.startsWith('-') && word !== '-') {
      previous = word
      continue
    }
    const below = operands === 0 ? findCommand(command, word) : undefined
    if (below) command = below
    else operands++
  }
  return { command, previous, operands }
}

function findOption(command: Command, program: Command, word: string): Option | undefined {
  return [...command.options, ...program.options].find(({ long, short }) => long === word || short === word)
}

function takesValue(option: Option): boolean {
  return option.required || option.optional
}

function values(option: Option, current: string): string[] {
  if (option.argChoices) return begin(option.argChoices, current)
  if (option.long === '--from' || option.long === '--to')
    return begin(['start', 'end', 'now', 'today', 'yesterday', '-10m', '-1h', '-1d'], current)
  if (option.long === '--fields')
    return begin(['time', 'time,tag', 'time,tag,source', 'time,tag,data.'], current)
  if (option.long === '--severity') return begin(severityNames, current)
  if (option.long === '--classes') return inList(subscribableClasses, current)
  if (option.long === '--mask') return inList(maskWords, current)
  if (option.long === '--answer') return begin(['auto', 'manual', 'delay=1s'], current)
  return []
}

/** Completes the last name of a list, with those that are not in it yet. */
function inList(names: readonly string[], current: string): string[] {
  const before = current.split(',').slice(0, -1)
  const rest = names.filter((name) => !before.includes(name))
  return begin(
    rest.map((name) => [...before, name].join(',')),
    current,
  )
}

function optionWords(command: Command, current: string): string[] {
  const options = command.options.filter(({ hidden, long }) => !hidden && long)
  return begin(
    [...options.map(({ long, description }) => `${long}\t${description}`), '--help\tshow help'],
    current,
  )
}

async function argumentWords(
  io: Io,
  command: Command,
  operands: number,
  current: string,
  target: HubAddress,
): Promise<string[]> {
  const all = command.registeredArguments
  const argument: Argument | undefined = all[Math.min(operands, all.length - 1)]
  switch (operands < all.length || argument?.variadic ? argument?.name() : undefined) {
    case 'filter':
      return [...begin(severityWords, current), ...(await tags(io, current, target))]
    case 'tag':
      return tags(io, current, target)
    case 'field':
      return begin(['type', 'source', 'tag', 'severity', 'host', 'data.'], current)
    case 'code':
      // Their definitions add errors of their own.
      await import('../../../faces/index.js')
      return begin(
        Object.entries(catalogue).map(([code, { summary }]) => `${code}\t${summary}`),
        current,
      )
    case 'topic':
      return begin(topicWords(command), current)
    case 'shell':
      return begin(['bash', 'zsh', 'fish'], current)
    case 'name':
      if (command.parent?.name() === 'context' && command.name() !== 'add') return contexts(io, current)
      return command.parent?.name() === 'consumers' && command.name() !== 'create'
        ? consumers(io, current, target)
        : []
    default:
      return []
  }
}

function topicWords(command: Command): string[] {
  const commands = command.parent?.commands.filter((each) => !isHidden(each)) ?? []
  const names = new Set(commands.map((each) => each.name()))
  return [
    ...topics.filter(({ name }) => !names.has(name)).map(({ name, summary }) => `${name}\t${summary}`),
    ...commands.map((each) => `${each.name()}\t${each.summary()}`),
  ]
}

/** The next segments of tags in the log; a filter may begin with `!`. */
async function tags(io: Io, current: string, target: HubAddress): Promise<string[]> {
  const not = current.startsWith('!') ? '!' : ''
  const found = await quietly(io, target, async ({ call, client }) => {
    const { tags } = await call(io, client, 'tags.complete', {
      prefix: current.slice(not.length),
      limit: 200,
    })
    return tags.map(({ text, count }) => `${not}${text}\t${plural(count, 'event')}`)
  })
  return found.filter((line) => !/[\n\r]/.test(line))
}

function consumers(io: Io, current: string, target: HubAddress): Promise<string[]> {
  return quietly(io, target, async ({ call, client }) => {
    const { consumers } = await call(io, client, 'consumers.list', {})
    return begin(
      consumers.map(({ name, filter }) => `${name}\t${filter}`),
      current,
    )
  })
}

async function contexts(io: Io, current: string): Promise<string[]> {
  const [{ contextsFile }, { readContexts }] = await Promise.all([
    import('../../hub/context.js'),
    import('../../hub/context-store.js'),
  ])
  const known = Object.entries(readContexts(contextsFile(io)).contexts)
  return begin(
    known.map(([name, { url }]) => `${name}\t${url}`),
    current,
  )
}

type HubAddress = { socket?: string; url?: string; context?: string }
type Connected = {
  call: typeof import('../../hub/connect.js').call
  client: import('../../../client/api.js').Client
}

async function quietly(
  io: Io,
  target: HubAddress,
  get: (hub: Connected) => Promise<string[]>,
): Promise<string[]> {
  const silent = { ...io, note: () => {} }
  const late = new Promise<string[]>((resolve) => {
    setTimeout(() => resolve([]), PATIENCE_MS).unref()
  })
  const { call, withHub } = await import('../../hub/connect.js')
  const answer = withHub(silent, target, (client) => get({ call, client }))
  return Promise.race([answer, late]).catch(() => [])
}

/** The hub that the line names, if any. */
function targetIn(words: readonly string[]): HubAddress {
  const target: HubAddress = {}
  for (const name of ['socket', 'url', 'context'] as const) {
    const at = words.indexOf(`--${name}`)
    if (at >= 0 && at < words.length - 2) target[name] = words[at + 1]
  }
  return target
}

function begin(candidates: readonly string[], current: string): string[] {
  return candidates.filter((candidate) => candidate.startsWith(current))
}

function isHidden(command: Command): boolean {
  return command.name().startsWith('_')
}
