import { CommanderError } from 'commander'
import { catalogue } from '../event/error-catalogue.js'
import { TocsinError } from '../event/errors.js'
import { Exit, exitOf } from './exit-codes.js'
import { Ending } from './io.js'
import { escapeText } from './terminal.js'

export interface Failure {
  exit: number
  /** For stderr; nothing where there is nothing to say. */
  lines: string[]
}

/** What is said, and with which status the process ends, for whatever a command threw. */
export function describeFailure(thrown: unknown): Failure {
  if (thrown instanceof Ending)
    return { exit: thrown.exit, lines: thrown.message === '' ? [] : [line(thrown.message)] }
  if (thrown instanceof CommanderError) return describeUsage(thrown)
  if (TocsinError.is(thrown)) {
    const remedy = catalogue[thrown.code]?.remedy
    return {
      exit: exitOf(thrown.code),
      lines: [...messageLines(thrown), ...(remedy ? [`  ${remedy}`] : [])],
    }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const stack = process.env.TOCSIN_DEBUG && thrown instanceof Error ? [thrown.stack ?? ''] : []
  return {
    exit: Exit.failed,
    lines: [line(message, 'TCN_INTERNAL'), `  ${catalogue.TCN_INTERNAL.remedy}`, ...stack],
  }
}

/** A wrong configuration has a line for each problem; what comes from elsewhere stays on one line. */
function messageLines({ code, message }: TocsinError): string[] {
  const texts = code.startsWith('TCN_CONFIG_') ? message.split('\n') : [message]
  return texts.map((text) => line(text, code))
}

function describeUsage(error: CommanderError): Failure {
  if (error.exitCode === 0) return { exit: Exit.ok, lines: [] }
  if (error.code === 'commander.help') return { exit: Exit.usage, lines: [] }
  const [message, ...hints] = error.message.replace(/^error: /, '').split('\n')
  const text = message.replace(/\.$/, '')
  if (error.code === 'commander.unknownCommand') hints.push('See tocsin --help for all commands.')
  return {
    exit: Exit.usage,
    lines: [
      line(text, 'TCN_USAGE'),
      ...(hints.length > 0 ? hints : [catalogue.TCN_USAGE.remedy]).map((hint) => `  ${escapeText(hint)}`),
    ],
  }
}

function line(message: string, code?: string): string {
  return `tocsin: ${escapeText(message)}${code ? ` (${code})` : ''}`
}
