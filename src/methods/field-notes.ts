import { nearest } from '../config/nearest.js'
import { type ComparedKind, FieldCheck, type FieldUse, type UnmetUse } from '../filter/index.js'

const MOST_NOTES = 5

/** Says which fields no event has that was looked at, and which comparisons can never match. */
export function fieldNotes(check: FieldCheck, isWhole: boolean): string[] {
  const notes = check.unmet.flatMap((unmet) => noteOn(unmet, check, isWhole) ?? [])
  return [...new Set(notes)].slice(0, MOST_NOTES)
}

/** Notes on what is certain without a look at events. */
export function certainNotes(uses: readonly FieldUse[]): string[] {
  return fieldNotes(new FieldCheck(uses), true)
}

function noteOn(
  { use, seen }: UnmetUse,
  { looked, names }: FieldCheck,
  isWhole: boolean,
): string | undefined {
  const { written, comparison, kinds } = use
  if (kinds?.length === 0)
    return `${comparison} can never match: texts are compared by size only if they are whole numbers, or times with a zone as in RFC 3339`
  if (looked === 0) return undefined
  if (seen.length > 0)
    return `${comparison ?? written} can match none of ${events(looked, isWhole)}: ${written} is ${listOf(seen)}`
  const similar = similarField(use.field, names)
  const hint = similar === undefined ? '' : `; did you mean ${similar}?`
  return `none of ${events(looked, isWhole)} has ${written}${hint}`
}

function events(looked: number, isWhole: boolean): string {
  const many = `the ${looked.toLocaleString('en')} ${looked === 1 ? 'event' : 'events'}`
  return isWhole ? many : `${many} that the hub looked at`
}

function listOf(seen: readonly ComparedKind[]): string {
  const names = [...new Set(seen.map((kind) => kindNames[kind]))]
  return names.length === 1 ? `always ${names[0]}` : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

const kindNames: Record<ComparedKind, string> = {
  null: 'null',
  boolean: 'true or false',
  number: 'a number',
  text: 'a text',
  'number in text': 'a number in a text',
  'boolean in text': 'a text',
  'time in text': 'a time in a text',
  bytes: 'bytes',
  list: 'a list',
  map: 'a map',
}

/** The field that was probably meant: one with the same last key elsewhere, or one with a similar name. */
function similarField(field: string, names: readonly string[]): string | undefined {
  const key = lastKey(field)
  return names.find((name) => lastKey(name) === key) ?? nearest(field, names) ?? nearKey(key, names)
}

function nearKey(key: string, names: readonly string[]): string | undefined {
  const similar = nearest(key, [...new Set(names.map(lastKey))])
  return names.find((name) => lastKey(name) === similar)
}

function lastKey(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
