import { parseFilter, withCondition } from '../../../filter/index.js'
import { shellWord } from '../../help/shell-word.js'
import { WHERE } from '../../output/filter-text.js'

type FilterInput = string[] | Record<string, unknown>

/**
 * The filter of a line: patterns separated by spaces, or JSON, then perhaps `--where` and a condition. Throws if it is
 * not valid, before the hub is asked.
 */
export function parseLine(line: string): FilterInput | undefined {
  const [patterns, condition] = split(line)
  const words = patterns.startsWith('{') ? [patterns] : patterns.split(/\s+/).filter((word) => word !== '')
  const filter = words.length === 0 ? undefined : words
  const all = condition === undefined ? filter : withCondition(filter, condition)
  parseFilter(all)
  return all
}

function split(line: string): [patterns: string, condition: string | undefined] {
  const at = ` ${line}`.indexOf(` ${WHERE}`)
  if (at < 0) return [line.trim(), undefined]
  return [line.slice(0, at).trim(), line.slice(at + WHERE.length).trim()]
}

/** The command that follows the same events. */
export function tailCommand(line: string): string {
  const [patterns, condition] = split(line)
  const words = patterns.startsWith('{') ? [patterns] : patterns.split(/\s+/)
  const all = [...words, ...(condition === undefined ? [] : ['--where', condition])]
  return ['tocsin tail', ...all.filter((word) => word !== '').map(shellWord)].join(' ')
}
