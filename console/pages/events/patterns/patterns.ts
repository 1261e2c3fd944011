import type { Event } from 'tocsin/browser'

/** A line in which everything that has a digit may be anything. */
export interface Pattern {
  readonly text: string
  readonly type: string
  readonly count: number
  /** The newest event of it. */
  readonly latest: Event
}

export const ANYTHING = '‹…›'

/** Numbers, addresses, identifiers, names with a number, and values in quotation marks that have one. */
const VARIABLE = /[\p{L}\p{N}_.:/@%+-]*\p{N}[\p{L}\p{N}_.:/@%+-]*/gu

export function patternOf(line: string): string {
  return line.replace(VARIABLE, ANYTHING)
}

/** Counts the lines of events, the newest first, by their pattern and type; the most frequent come first. */
export function fold(
  events: readonly Event[],
  lineOf: (event: Event) => { readonly summary: string; readonly type: string },
): Pattern[] {
  const found = new Map<string, Pattern>()
  for (const event of events) {
    const { summary, type } = lineOf(event)
    const text = patternOf(summary)
    const key = `${type}\n${text}`
    const known = found.get(key)
    found.set(key, known ? { ...known, count: known.count + 1 } : { text, type, count: 1, latest: event })
  }
  return [...found.values()].toSorted((a, b) => b.count - a.count)
}

/** The longest words in the texts of an event that its pattern has too, for a search of all of its events. */
export function wordsIn(data: unknown): string | undefined {
  const texts = Object.values(Object(data)).filter((each) => typeof each === 'string')
  const words = texts.flatMap((text) => patternOf(text).split(ANYTHING)).map((each) => each.trim())
  const longest = words
    .flatMap((each) => each.split(/["\n]/))
    .reduce((best, each) => (each.length > best.length ? each : best), '')
  return longest.length < 4 ? undefined : longest
}
