import { InvalidArgumentError } from 'commander'
import { bitOf, MODIFIERS, maskNames, PER_SUBSCRIBER } from '../../../protocols/ncs/constants/mask.js'

/** Every type that is in the log. */
const LOGGED = (0xffff_ffff & ~MODIFIERS & ~PER_SUBSCRIBER) >>> 0

export const ALL = 'ALL'

/** The names for `--mask`. */
export const maskWords: readonly string[] = [ALL, ...maskNames(0xffff_ffff)]

/** Reads `AUDIT,COMMIT_DIFF`, with or without `NOTIF_`, and numbers as programs print them. */
export function parseMask(text: string): number {
  return text.split(',').reduce((mask, word) => (mask | bitsOf(word.trim())) >>> 0, 0)
}

/** The types that keep nobody waiting. */
export function usualMask(): number {
  return (LOGGED & ~bitOf('COMMIT_DIFF')!) >>> 0
}

export function loggedMask(): number {
  return LOGGED
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
