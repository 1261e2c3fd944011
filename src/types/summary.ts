import type { Display } from './display.js'
import { pairsOf, ValueText } from './value-text.js'

/**
 * Summarises an event in one line for people: as its type displays it; otherwise its message, if it has one, and the
 * fields that are short. It stops when it is about `room` characters long. Control characters are not escaped here.
 */
export function summaryOf(data: unknown, room: number, display?: Display): string {
  return display?.(data, room) ?? generalSummary(data, room)
}

/** Fields that say the most, the best first. */
const telling = ['message', 'msg', 'line', 'text', 'summary', 'error']
/** More fields are not sorted, so that the work for one line is bounded. */
const MAX_SORTED = 32

function generalSummary(data: unknown, room: number): string {
  const text = new ValueText(room)
  const pairs = pairsOf(data)
  if (pairs === undefined) {
    if (typeof data === 'string') text.plain(data)
    else text.value(data)
    return text.text
  }
  const { message, first, rest } = ranked(pairs)
  if (message !== undefined) text.plain(message)
  // A second blank separates the message from the fields.
  if (message !== undefined && first.length > 0) text.text += ' '
  for (const pairs of [first, rest]) {
    for (const [key, value] of pairs) {
      if (text.full) return text.text
      text.pair(key, value)
    }
  }
  return text.text
}

type Pair = [key: unknown, value: unknown]

/** Short values first, and lists and maps after the scalars; the rest of a very large map stays as it is. */
function ranked(pairs: Iterable<Pair>): { message?: string; first: Pair[]; rest: Iterable<Pair> } {
  const rest = pairs[Symbol.iterator]()
  const first: Pair[] = []
  for (let next = rest.next(); !next.done; next = rest.next()) {
    first.push(next.value)
    if (first.length === MAX_SORTED) break
  }
  const best = telling.find((name) => first.some(([key, value]) => key === name && isMessage(value)))
  const others = first
    .filter(([key]) => key !== best || best === undefined)
    .map((pair) => ({ pair, length: lengthOf(pair[1]) }))
    .sort((a, b) => a.length - b.length)
    .map(({ pair }) => pair)
  const message = first.find(([key]) => key === best)?.[1] as string | undefined
  return {
    ...(best === undefined ? {} : { message }),
    first: others,
    rest: { [Symbol.iterator]: () => rest },
  }
}

function isMessage(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

const SHORT = 16
const LIST = 1_000_000

/** Values that are about as short keep their order. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length <= SHORT ? 0 : value.length
  return typeof value === 'object' && value !== null ? LIST : 0
}
