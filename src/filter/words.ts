/** A character that is part of no word. */
export const NONE = 0x20

/** Returns the test of what is before and after words, by their first and last byte or UTF-16 unit. */
export function boundaries(first: number, last: number): (before: number, after: number) => boolean {
  const [bindsFirst, bindsLast] = [isOfWord(first), isOfWord(last)]
  return (before, after) => !(bindsFirst && isOfWord(before)) && !(bindsLast && isOfWord(after))
}

/** Letters, digits and `_`. All that is not ASCII counts as letters. */
export function isOfWord(code: number): boolean {
  return code >= 0x80 || (code >= 0x30 && code <= 0x39) || code === 0x5f || isLetter(code | 0x20)
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

/** The UTF-16 unit at an offset; `NONE` outside of the text. */
export function unitAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : NONE
}

/** Returns the offsets at which a text has the words, as the filter `grep` finds whole words. No words are nowhere. */
export function offsetsOf(words: string, text: string): number[] {
  if (words === '') return []
  const isBounded = boundaries(words.charCodeAt(0), words.charCodeAt(words.length - 1))
  const found: number[] = []
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    if (isBounded(unitAt(text, at - 1), unitAt(text, at + words.length))) found.push(at)
  return found
}
