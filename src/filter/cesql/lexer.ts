import { filterError, quote } from '../errors.js'
import { FilterLimits } from '../limits.js'
import { hintAt } from './hints.js'

/** `start` and `end` are the offsets of the token in the text. */
export type Token = { readonly start: number; readonly end: number } & (
  | { readonly is: 'word'; readonly text: string }
  | { readonly is: 'integer' | 'decimal'; readonly text: string }
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'path'; readonly path: readonly string[] }
  | { readonly is: 'symbol'; readonly text: string }
  | { readonly is: 'end' }
)

/** Makes an error for a place in the text. */
export type Fail = (at: number, message: string) => Error

/**
 *   word       letters, digits and underscores
 *   integer    digits
 *   decimal    digits "." digits                                    extension of Tocsin
 *   text       anything between ' or "; within it \\ is a backslash, and the quote is \' or ''
 *   path       "data" { "." ( word | text ) }                       our extension
 *   symbol     ( ) , = != <> < <= > >= + - * / %
 */
export function tokenize(text: string, fail: Fail): Token[] {
  const tokens: Token[] = []
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, tokens[tokens.length - 1].end)) {
    if (tokens.length === FilterLimits.sqlTokens) throw fail(at, `more than ${FilterLimits.sqlTokens} words`)
    tokens.push(readToken(text, at, fail))
  }
  tokens.push({ is: 'end', start: text.length, end: text.length })
  return tokens
}

/** Errors about `text`, which is at `where` in the filter. */
export function failureIn(text: string, where: string): Fail {
  return (at, message) => {
    const before = text.slice(0, at).split('\n')
    const column = before[before.length - 1].length + 1
    const position = text.includes('\n') ? `line ${before.length}, column ${column}` : `character ${column}`
    const found = at < text.length ? `: ${quote(text.slice(at, at + 30))}` : ' (the end)'
    const hint = hintAt(text, at)
    const advice = hint === undefined ? '' : `; ${hint}`
    return filterError('TCN_FILTER_SYNTAX', where, `${message}, at ${position}${found}${advice}`, {
      text,
      at,
    })
  }
}

const space = /[ \t\r\n]*/y
const word = /[A-Za-z0-9_]+/y
const fraction = /\.[0-9]+/y
const symbol = /<>|<=|>=|!=|[(),=<>+\-*/%]/y

function readToken(text: string, at: number, fail: Fail): Token {
  if (text[at] === "'" || text[at] === '"') return readText(text, at, fail)
  const name = take(word, text, at)
  if (name !== '') return readWord(text, at, name, fail)
  const found = take(symbol, text, at)
  if (found === '') throw fail(at, 'this character has no meaning here')
  return { is: 'symbol', text: found, start: at, end: at + found.length }
}

function readWord(text: string, start: number, name: string, fail: Fail): Token {
  const end = start + name.length
  if (name === 'data') return readPath(text, start, end, fail)
  if (!/^[0-9]+$/.test(name)) return { is: 'word', text: name, start, end }
  const rest = take(fraction, text, end)
  return rest === ''
    ? { is: 'integer', text: name, start, end }
    : { is: 'decimal', text: name + rest, start, end: end + rest.length }
}

function readPath(text: string, start: number, afterData: number, fail: Fail): Token {
  const path: string[] = []
  let at = afterData
  while (text[at] === '.') {
    const key = readKey(text, at + 1, fail)
    if (path.length === FilterLimits.pathKeys)
      throw fail(at, `a path has at most ${FilterLimits.pathKeys} keys`)
    path.push(key.value)
    at = key.end
  }
  return { is: 'path', path, start, end: at }
}

function readKey(text: string, at: number, fail: Fail): { value: string; end: number } {
  if (text[at] === "'" || text[at] === '"') return readText(text, at, fail)
  const key = take(word, text, at)
  if (key === '')
    throw fail(at, "a key is expected; other than letters, digits and _ it is quoted: data.'a-b'")
  return { value: key, end: at + key.length }
}

function readText(text: string, start: number, fail: Fail): Token & { is: 'text' } {
  const delimiter = text[start]
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]
    const next = text[at + 1]
    if (character === '\\' && (next === delimiter || next === '\\')) value += text[++at]
    else if (character === delimiter && next === delimiter) value += text[++at]
    else if (character === delimiter) return { is: 'text', value, start, end: at + 1 }
    else value += character
  }
  throw fail(start, 'this text has no closing quote')
}

function skipSpace(text: string, at: number): number {
  return at + take(space, text, at).length
}

function take(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
