import { formatCount } from '../../../src/types/figures.js'
import { call } from '../../hub/api.js'
import { completionStrings } from '../../strings/completion.js'
import { type CompletionItem, fieldsLike } from './fields-of-data.js'
import { partsOf } from './query.js'

/** A completion that may replace the text from `start` to `end`. */
export interface Completion {
  readonly start: number
  readonly end: number
  readonly items: readonly CompletionItem[]
}

const MAX_ITEMS = 12
/** Values that the hub has not counted until then are not offered, ms. */
const WAIT_MS = 500

/** Fields of a condition, besides those in `data`. */
const fields = ['tag', 'type', 'source', 'kind', 'time', 'data.']
const words = ['AND', 'OR', 'NOT', 'IN', 'LIKE', 'EXISTS']

/** The hub is asked at most this often while somebody types, ms. */
const ASK_EVERY_MS = 200
let turn = 0
let nextAsk = 0

/** Completes what is typed last, when it is time to ask; undefined for what was typed before it. */
export async function completeSoon(text: string, caret: number): Promise<Completion | undefined> {
  const own = ++turn
  const wait = nextAsk - performance.now()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  if (own !== turn) return undefined
  nextAsk = performance.now() + ASK_EVERY_MS
  return complete(text, caret)
}

/** Completes the word before the caret: a tag from recent events, or after `where` a field and its values. */
async function complete(text: string, caret: number): Promise<Completion | undefined> {
  const before = text.slice(0, caret)
  const { patterns, condition } = partsOf(before)
  return condition === undefined
    ? completeTag(before, patterns.at(-1) ?? '', caret)
    : completeCondition(condition, patterns, caret)
}

async function completeTag(before: string, last: string, caret: number): Promise<Completion | undefined> {
  const word = before.endsWith(last) ? last : ''
  const not = word.startsWith('!') ? '!' : ''
  const prefix = word.slice(not.length)
  if (/[*?[{\\"]/.test(prefix)) return undefined
  const { tags } = await call('tags.complete', { prefix, limit: MAX_ITEMS })
  const items = tags
    .filter(({ text }) => /^[^\s!{]\S*$/.test(text))
    .map(({ text, count, complete }) => ({ text: not + text, note: formatCount(count), goesOn: !complete }))
  if (before.trim() !== '' && 'where'.startsWith(word) && not === '')
    items.push({ text: 'where ', note: '', goesOn: true })
  if (prefix !== '') items.push({ text: `${not}"${prefix}"`, note: completionStrings.search, goesOn: false })
  return { start: caret - word.length, end: caret, items }
}

async function completeCondition(
  condition: string,
  patterns: readonly string[],
  caret: number,
): Promise<Completion | undefined> {
  const value = /([\w.]+)\s*(?:=|<>|!=)\s*('[^']*)$/.exec(condition)
  if (value !== null) return completeValue(value[1], value[2], caret)
  const word = /[\w.]*$/.exec(condition)![0]
  // In a text there is nothing to complete.
  if ((condition.match(/'/g) ?? []).length % 2 === 1) return undefined
  const place = { start: caret - word.length, end: caret }
  if (word.startsWith('data.')) return { ...place, items: await fieldsLike(word, patterns, MAX_ITEMS) }
  const items = [...fields, ...words]
    .filter((each) => each.toLowerCase().startsWith(word.toLowerCase()) && each !== word)
    .map((each) => ({
      text: words.includes(each) ? `${each} ` : each,
      note: '',
      goesOn: each.endsWith('.'),
    }))
  return { ...place, items: word === '' ? [] : items }
}

/** The values of a field in the last hour. */
async function completeValue(field: string, typed: string, caret: number): Promise<Completion> {
  const { values } = await call('events.facets', { field, from: '-1h', limit: 100, wait: WAIT_MS })
  const wanted = typed.slice(1)
  const items = values
    .filter(({ value }) => typeof value === 'string' && value.startsWith(wanted))
    .slice(0, MAX_ITEMS)
    .map(({ value, count }) => ({
      text: `'${String(value).replace(/[\\']/g, (character) => `\\${character}`)}'`,
      note: formatCount(count),
      goesOn: false,
    }))
  return { start: caret - typed.length, end: caret, items }
}
