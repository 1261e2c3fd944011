import type { TextFilter } from '../ast.js'
import type { Field } from '../field.js'
import { parseGlob } from '../fnmatch.js'
import { derivedNames } from '../own-attributes.js'
import { type RequiredTexts, requiredTexts } from '../regex.js'
import { MESSAGE } from './frame-tokens.js'
import { allNeeded, anyNeeded, type NeededTokens, neededBy, type TokensOf } from './needed.js'
import { CLOSED, type OpenEnds, tagTokens, valueTokens, wordsOf } from './text-tokens.js'

export const PART: OpenEnds = { left: true, right: true }

/** Attributes that an event has without carrying them, or in another form. */
const notStored = new Set(['id', 'time', 'cursor', 'specversion', 'datacontenttype', ...derivedNames])

/** The tokens of the text in a field; undefined if stored events do not have it in this form. */
function tokensOfField(field: Field): TokensOf | undefined {
  switch (field.in) {
    case 'tag':
      return tagTokens
    case 'source':
      return valueTokens
    case 'data':
      return field.path.at(-1) === MESSAGE ? wordsOf : valueTokens
    case 'attribute':
      return notStored.has(field.name) ? undefined : valueTokens
    default:
      return undefined
  }
}

/** `isCast`: the value that the event has is compared as text, even if it is none. */
export function neededByEqualText(field: Field, text: string, isCast: boolean): NeededTokens | undefined {
  const tokens = tokensOfField(field)
  if (tokens === undefined) return undefined
  if (!isCast || !mayBeScalar(text)) return neededBy(text, tokens, CLOSED)
  // A number of so few digits has the token of its digits.
  return field.in === 'data' && /^\d{1,3}$/.test(text) ? neededBy(text, wordsOf, CLOSED) : undefined
}

/** `isCast`: as for equal texts. */
export function neededByPattern(
  op: TextFilter['op'],
  field: Field,
  text: string,
  isCast: boolean,
): NeededTokens | undefined {
  const tokens = tokensOfField(field)
  if (tokens === undefined) return undefined
  const isUsable = (part: string) => !isCast || !mayBeInScalar(part)
  if (op === 'regex') return neededByRegex(text, tokens, isUsable)
  const parts = op === 'glob' ? globParts(text) : [partOf(op, text)]
  return allNeeded(
    parts.filter((part) => isUsable(part.text)).map((part) => neededBy(part.text, tokens, part.open)),
  )
}

interface TextPart {
  readonly text: string
  readonly open: OpenEnds
}

function partOf(op: 'prefix' | 'suffix' | 'contains', text: string): TextPart {
  return { text, open: { left: op !== 'prefix', right: op !== 'suffix' } }
}

/** The texts between what may be anything. */
function globParts(pattern: string): TextPart[] {
  const texts = ['']
  for (const token of parseGlob(pattern)) {
    if (token.is === 'literal') texts.push(texts.pop() + token.character)
    else texts.push('')
  }
  return texts.map((text, nth) => ({ text, open: { left: nth > 0, right: nth < texts.length - 1 } }))
}

/** `isUsable`: texts for which it is false are left out. */
export function neededByRegex(
  pattern: string,
  tokens: TokensOf,
  isUsable: (text: string) => boolean,
): NeededTokens | undefined {
  const needed = (texts: RequiredTexts): NeededTokens | undefined => {
    if (typeof texts === 'string') return isUsable(texts) ? neededBy(texts, tokens, PART) : undefined
    return 'all' in texts ? allNeeded(texts.all.map(needed)) : anyNeeded(texts.any.map(needed))
  }
  const texts = requiredTexts(pattern)
  return texts === undefined ? undefined : needed(texts)
}

// ---- numbers and other scalars, as text

/** Returns whether the text of a number, of another scalar or of bytes can be equal to this one. */
function mayBeScalar(text: string): boolean {
  return /^[-+]?(?:\d*\.?\d*(?:e[-+]?\d*)?|[\d,]*|true|false|nan|infinity|null|undefined)$/i.test(text)
}

/** Returns whether the text of such a value can contain this one. */
function mayBeInScalar(text: string): boolean {
  return /^[-+.,\dadefilnrstuyIN]*$/.test(text)
}
