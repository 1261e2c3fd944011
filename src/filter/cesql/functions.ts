import { FilterLimits } from '../limits.js'
import { type FaultKind, toBoolean, toInteger, toText, type Value } from './values.js'

export interface SqlFunction {
  readonly least: number
  readonly most: number
  /** The types that arguments are cast to. The last one also applies to all further arguments. */
  readonly parameters: readonly Parameter[]
  /** The result if an argument is missing or cannot be cast. It has the type that the function returns. */
  readonly zero: string | number | boolean
  /**
   * Runs on arguments cast to the parameter types. On failure it reports a fault and still returns a value.
   */
  readonly run: (fail: Fail, ...given: never[]) => Value
}

type Parameter = 'any' | 'text' | 'integer'
type Fail = (kind: FaultKind) => void

export function findFunction(name: string): SqlFunction | undefined {
  return functions.get(name)
}

/** The functions of CESQL 1.0 §3.5, and the casts of §3.7 by name. */
const functions = new Map<string, SqlFunction>([
  ['INT', fixed(['any'], 0, toIntegerOrFail)],
  ['BOOL', fixed(['any'], false, toBooleanOrFail)],
  ['STRING', fixed(['any'], '', (_fail, x: Value) => toText(x))],
  ['IS_INT', fixed(['any'], false, (_fail, x: Value) => toInteger(x) !== undefined)],
  ['IS_BOOL', fixed(['any'], false, (_fail, x: Value) => toBoolean(x) !== undefined)],
  ['ABS', fixed(['integer'], 0, abs)],
  ['LENGTH', fixed(['text'], 0, (_fail, x: string) => characters(x).length)],
  ['CONCAT', variadic(0, (fail, ...texts: string[]) => join(fail, '', texts))],
  ['CONCAT_WS', variadic(1, (fail, delimiter: string, ...texts: string[]) => join(fail, delimiter, texts))],
  ['LOWER', fixed(['text'], '', (_fail, x: string) => x.toLowerCase())],
  ['UPPER', fixed(['text'], '', (_fail, x: string) => x.toUpperCase())],
  ['TRIM', fixed(['text'], '', (_fail, x: string) => trim(x))],
  ['LEFT', fixed(['text', 'integer'], '', left)],
  ['RIGHT', fixed(['text', 'integer'], '', right)],
  ['SUBSTRING', { ...fixed(['text', 'integer', 'integer'], '', substring), least: 2 }],
])

function fixed(
  parameters: readonly Parameter[],
  zero: SqlFunction['zero'],
  run: SqlFunction['run'],
): SqlFunction {
  return { least: parameters.length, most: parameters.length, parameters, zero, run }
}

function variadic(least: number, run: SqlFunction['run']): SqlFunction {
  return { least, most: Number.POSITIVE_INFINITY, parameters: ['text'], zero: '', run }
}

function toIntegerOrFail(fail: Fail, x: Value): number {
  const cast = toInteger(x)
  if (cast === undefined) fail('cast')
  return cast ?? 0
}

function toBooleanOrFail(fail: Fail, x: Value): boolean {
  const cast = toBoolean(x)
  if (cast === undefined) fail('cast')
  return cast ?? false
}

function abs(fail: Fail, x: number): number {
  if (x !== -0x8000_0000) return Math.abs(x)
  fail('math')
  return 0x7fff_ffff
}

function join(fail: Fail, delimiter: string, texts: readonly string[]): string {
  const delimiters = delimiter.length * Math.max(0, texts.length - 1)
  const length = texts.reduce((sum, text) => sum + text.length, delimiters)
  if (length <= FilterLimits.searchedBytes) return texts.join(delimiter)
  fail('functionEvaluation')
  return ''
}

function left(fail: Fail, x: string, count: number): string {
  if (count >= 0) return slice(characters(x), 0, count)
  fail('functionEvaluation')
  return x
}

function right(fail: Fail, x: string, count: number): string {
  if (count < 0) {
    fail('functionEvaluation')
    return x
  }
  const all = characters(x)
  return slice(all, Math.max(0, all.length - count), all.length)
}

function substring(fail: Fail, x: string, position: number, count?: number): string {
  const all = characters(x)
  if (Math.abs(position) > all.length || (count !== undefined && count < 0)) {
    fail('functionEvaluation')
    return ''
  }
  if (position === 0) return ''
  const start = position > 0 ? position - 1 : all.length + position
  return slice(all, start, count === undefined ? all.length : start + count)
}

/** Splits text into characters, which are code points. */
function characters(text: string): string | readonly string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text
}

function slice(characters: string | readonly string[], start: number, end: number): string {
  const part = characters.slice(start, end)
  return typeof part === 'string' ? part : part.join('')
}

/** White space as Unicode defines it, which differs slightly from what `trim()` removes. */
const whiteSpace = /^\p{White_Space}$/u

/** Answers for ASCII itself: a call of a regular expression for each character of a long text takes too long. */
function isWhiteSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d)
  return whiteSpace.test(String.fromCharCode(unit))
}

/**
 * Avoids a regular expression that searches for the end, which is slow if the text contains much white space.
 */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}
