import {
  attributesLength,
  attributesStart,
  bodyStart,
  frameBytes,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../../event/frame.js'
import { numberAt, textLength, textStart } from '../../event/msgpack/find.js'
import { type LeafVisitor, someLeaf } from '../../event/msgpack/texts.js'
import { type TakeToken, tagTokens, valueTokens, wordsOf } from './text-tokens.js'
import { tokenOf } from './token-hash.js'

/** Larger numbers have no token: most are unlike all others, so that their tokens would be most of all. */
const NUMBERS = 1000
const utf8 = new TextEncoder()
const numberTokens = Uint32Array.from({ length: NUMBERS }, (_, number) => {
  const digits = utf8.encode(String(number))
  return tokenOf(digits, 0, digits.length)
})

/** The token of a number; undefined if it has none. */
export function tokenOfNumber(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value < NUMBERS && Number.isInteger(value)
    ? numberTokens[value]
    : undefined
}

/** Values under this key are texts of many words, and mostly unlike all others: only their words have tokens. */
export const MESSAGE = 'message'
const message = utf8.encode(MESSAGE)

/**
 * Passes on the tokens of an event: those of the words, short values and small numbers of its tag, source, attributes and
 * body, apart from keys. The frame must have passed `checkFrame`.
 */
export function tokensOf(bytes: Uint8Array, at: number, take: TakeToken): void {
  const tag = tagStart(bytes, at)
  tagTokens(bytes, tag, tag + tagLength(bytes, at), take)
  const source = sourceStart(bytes, at)
  valueTokens(bytes, source, source + sourceLength(bytes, at), take)
  const end = at + frameBytes(bytes, at)
  const visitor = tokenVisitor(take)
  if (attributesLength(bytes, at) > 0) someLeaf(bytes, attributesStart(bytes, at), end, visitor)
  someLeaf(bytes, bodyStart(bytes, at), end, visitor)
}

/** Ends no search. */
function tokenVisitor(take: TakeToken): LeafVisitor {
  return {
    text(bytes, start, end, keyAt) {
      if (keyAt >= 0 && isMessageAt(bytes, keyAt)) wordsOf(bytes, start, end, take)
      else valueTokens(bytes, start, end, take)
      return false
    },
    number(bytes, at) {
      const token = tokenOfNumber(numberAt(bytes, at))
      if (token !== undefined) take(token, 1)
      return false
    },
  }
}

function isMessageAt(bytes: Uint8Array, at: number): boolean {
  if (textLength(bytes, at) !== message.length) return false
  const start = textStart(bytes, at)
  return message.every((byte, nth) => bytes[start + nth] === byte)
}
