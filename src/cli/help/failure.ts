import { type Command, CommanderError } from 'commander'
import { catalogue } from '../../errors/catalogue.js'
import { messageOf } from '../../errors/thrown.js'
import { type TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { Ending } from '../io.js'
import { displayWidth, escapeText } from '../terminal/text.js'
import { findCommand, pathOf } from './define.js'
import { Exit, exitOf } from './exit-codes.js'
import { optionMeant } from './foreign-options.js'

export interface Failure {
  exit: number
  /** Lines for stderr; may be empty. */
  lines: string[]
}

/** The message and the exit code for whatever a command threw; `command` is the one that the words name. */
export function describeFailure(thrown: unknown, command?: Command): Failure {
  if (thrown instanceof Ending)
    return { exit: thrown.exit, lines: thrown.message === '' ? [] : [line(thrown.message)] }
  if (thrown instanceof CommanderError) return describeUsage(thrown, command)
  const error = toTocsinError(thrown, 'TCN_INTERNAL')
  if (error === thrown || error.code !== 'TCN_INTERNAL') {
    const remedy = error.code === 'TCN_USAGE' ? usageRemedy(command) : catalogue[error.code]?.remedy
    return {
      exit: exitOf(error.code),
      lines: [...messageLines(error), ...placeLines(error), ...(remedy ? [`  ${remedy}`] : [])],
    }
  }
  const message = messageOf(thrown)
  const stack = process.env.TOCSIN_DEBUG && thrown instanceof Error ? [thrown.stack ?? ''] : []
  return {
    exit: Exit.failed,
    lines: [line(message, 'TCN_INTERNAL'), `  ${catalogue.TCN_INTERNAL.remedy}`, ...stack],
  }
}

/** An invalid configuration has a line for each problem; every other message stays on one line. */
function messageLines({ code, message }: TocsinError): string[] {
  const texts = code.startsWith('TCN_CONFIG_') ? message.split('\n') : [message]
  return texts.map((text) => line(text, code))
}

/** The number of characters that are shown on each side of a fault in a text. */
const AROUND = 32

/** The text that has the fault, and a caret under its place. */
function placeLines({ details }: TocsinError): string[] {
  const { text, at }: { text?: unknown; at?: unknown } = details ?? {}
  if (typeof text !== 'string' || typeof at !== 'number') return []
  const start = Math.max(0, at - AROUND)
  const before = `${start > 0 ? '…' : ''}${escapeText(text.slice(start, at))}`
  const after = `${escapeText(text.slice(at, at + AROUND))}${text.length > at + AROUND ? '…' : ''}`
  return [`  ${before}${after}`, `  ${' '.repeat(displayWidth(before))}^`]
}

/** The last command that the words name, from the program on. */
export function namedCommand(program: Command, words: readonly string[]): Command {
  let command = program
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    const below = findCommand(command, word)
    if (below === undefined) break
    command = below
  }
  return command
}

function usageRemedy(command: Command | undefined): string {
  if (command === undefined) return catalogue.TCN_USAGE.remedy
  return `See ${pathOf(command)} --help.`
}

/** A group with a default subcommand takes a misspelled one for an argument of the default. */
function misspelled(error: CommanderError, command: Command | undefined): string | undefined {
  if (error.code !== 'commander.excessArguments' || !command || command.commands.length === 0)
    return undefined
  const names = command.commands.map((each) => each.name()).filter((name) => /^[a-z]/.test(name))
  return `${command.name()} has no such command; it has ${names.join(', ')}`
}

function describeUsage(error: CommanderError, command: Command | undefined): Failure {
  if (error.exitCode === 0) return { exit: Exit.ok, lines: [] }
  if (error.code === 'commander.help') return { exit: Exit.usage, lines: [] }
  const [message, ...guesses] = error.message.replace(/^error: /, '').split('\n')
  const text = misspelled(error, command) ?? message.replace(/\.$/, '')
  const known = error.code === 'commander.unknownOption' ? optionMeant(text) : undefined
  const hints = known === undefined ? guesses : [known]
  if (error.code === 'commander.unknownCommand') hints.push('See tocsin --help for all commands.')
  else if (hints.length > 0 && command) hints.push(usageRemedy(command))
  return {
    exit: Exit.usage,
    lines: [
      line(text, 'TCN_USAGE'),
      ...(hints.length > 0 ? hints : [usageRemedy(command)]).map((hint) => `  ${escapeText(hint)}`),
    ],
  }
}

function line(message: string, code?: string): string {
  return `tocsin: ${escapeText(message)}${code ? ` (${escapeText(code)})` : ''}`
}
