import type { OpenEnds, TakeToken } from './text-tokens.js'

/** The tokens that each matching event has: one of them, all or at least one of several. */
export type NeededTokens =
  | { readonly token: number }
  | { readonly all: readonly NeededTokens[] }
  | { readonly any: readonly NeededTokens[] }

/** Tokens of one text that are looked for; the longest of them, which are in the fewest events. */
const MOST = 8

/** Returns whether an event, or one of several, can match if those have the tokens that `has` knows. */
export function mayMatchTokens(needed: NeededTokens, has: (token: number) => boolean): boolean {
  if ('token' in needed) return has(needed.token)
  if ('all' in needed) return needed.all.every((part) => mayMatchTokens(part, has))
  return needed.any.some((part) => mayMatchTokens(part, has))
}

export function allNeeded(parts: readonly (NeededTokens | undefined)[]): NeededTokens | undefined {
  const known = parts.filter((part) => part !== undefined)
  if (known.length < 2) return known[0]
  return { all: known }
}

export function anyNeeded(parts: readonly (NeededTokens | undefined)[]): NeededTokens | undefined {
  const known = parts.filter((part) => part !== undefined)
  if (known.length < parts.length) return undefined
  return known.length === 1 ? known[0] : { any: known }
}

export type TokensOf = (
  bytes: Uint8Array,
  start: number,
  end: number,
  take: TakeToken,
  open: OpenEnds,
) => unknown

const utf8 = new TextEncoder()

/** Returns the tokens of a text; undefined if it has no whole words. */
export function neededBy(text: string, tokens: TokensOf, open: OpenEnds): NeededTokens | undefined {
  const bytes = utf8.encode(text)
  const found = new Map<number, number>()
  tokens(bytes, 0, bytes.length, (token, length) => found.set(token, length), open)
  const longest = [...found].sort(([, one], [, other]) => other - one).slice(0, MOST)
  return allNeeded(longest.map(([token]) => ({ token })))
}
