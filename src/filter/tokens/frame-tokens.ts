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
import { kindAt, numberAt, textLength, textStart } from '../../event/msgpack/find.js'
import { readLength, walkValue } from '../../event/msgpack/walk.js'
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
  const walk = new ValueWalk(bytes, at + frameBytes(bytes, at), take)
  if (attributesLength(bytes, at) > 0) walk.value(attributesStart(bytes, at), false)
  walk.value(bodyStart(bytes, at), false)
}

class ValueWalk {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #take: TakeToken

  constructor(bytes: Uint8Array, end: number, take: TakeToken) {
    this.#bytes = bytes
    this.#end = end
    this.#take = take
  }

  /** Returns the offset after the value. */
  value(at: number, isMessage: boolean): number {
    const bytes = this.#bytes
    const length = textLength(bytes, at)
    if (length >= 0) {
      const start = textStart(bytes, at)
      const tokens = isMessage ? wordsOf : valueTokens
      tokens(bytes, start, start + length, this.#take)
      return start + length
    }
    switch (kindAt(bytes, at)) {
      case 'map':
        return this.#elements(at, 0xde, true)
      case 'array':
        return this.#elements(at, 0xdc, false)
      case 'integer':
      case 'float':
        this.#number(at)
        return walkValue(bytes, at, this.#end)
      default:
        return walkValue(bytes, at, this.#end)
    }
  }

  #number(at: number): void {
    const token = tokenOfNumber(numberAt(this.#bytes, at))
    if (token !== undefined) this.#take(token, 1)
  }

  /** `wide`: the lead byte with a length of two bytes; that of four follows it. */
  #elements(at: number, wide: number, hasKeys: boolean): number {
    const bytes = this.#bytes
    const lead = bytes[at]
    const width = lead === wide ? 2 : lead === wide + 1 ? 4 : 0
    const count = width === 0 ? lead & 0x0f : readLength(bytes, at + 1, width)
    let next = at + 1 + width
    for (let element = 0; element < count; element++) {
      const isMessage = hasKeys && isMessageAt(bytes, next)
      next = this.value(hasKeys ? walkValue(bytes, next, this.#end) : next, isMessage)
    }
    return next
  }
}

function isMessageAt(bytes: Uint8Array, at: number): boolean {
  if (textLength(bytes, at) !== message.length) return false
  const start = textStart(bytes, at)
  return message.every((byte, nth) => bytes[start + nth] === byte)
}
