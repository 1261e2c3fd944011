import { InvalidArgumentError } from 'commander'
import { NOTIF_COMMIT_DIFF } from '../../../protocols/ncs/constants/events.js'
import { bitOf, loggedIn, maskNames } from '../../../protocols/ncs/constants/mask.js'

/** Every type that is in the log. */
export const LOGGED = loggedIn(0xffff_ffff)

/** The types that keep nobody waiting. */
export const USUAL = (LOGGED & ~NOTIF_COMMIT_DIFF) >>> 0

export const ALL = 'ALL'

/** The names for `--mask`. */
export const maskWords: readonly string[] = [ALL, ...maskNames(0xffff_ffff)]

/** Reads `AUDIT,COMMIT_DIFF`, with or without `NOTIF_`, and numbers as programs print them. */
export function parseMask(text: string): number {
  return text.split(',').reduce((mask, word) => (mask | bitsOf(word.trim())) >>> 0, 0)
}

function bitsOf(word: string): number {
  if (word.toUpperCase() === ALL) return LOGGED
  const bits = bitOf(word) ?? numberOf(word)
  if (bits !== undefined) return bits
  throw new InvalidArgumentError(`There is no notification '${word}'; there are ${maskWords.join(', ')}.`)
}

function numberOf(word: string): number | undefined {
  const number = /^(0x[\da-f]{1,8}|\d{1,10})$/i.test(word) ? Number(word) : 0
  return number > 0 && number <= 0xffff_ffff ? number : undefined
}
