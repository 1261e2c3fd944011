/** Spellings from other languages, each with the way to write it here. */
const others: readonly (readonly [written: RegExp, hint: string])[] = [
  [/^==/, 'equality is written ='],
  [/^(?:contains|includes|matches|regexp?|similar)\b/i, "a part of a text is found with LIKE '%part%'"],
  [/^(?:~|=~|!~)/, "patterns are written LIKE '%part%'"],
  [/^&&/, 'and is written AND'],
  [/^\|\|/, 'or is written OR'],
  [/^!(?!=)/, 'not is written NOT'],
  [/^is\b/i, 'whether there is a field is asked with EXISTS'],
  [/^between\b/i, 'a range is written a >= 1 AND a <= 2'],
]

/** Says how to write what stands at this place; undefined if that is not known. */
export function hintAt(text: string, at: number): string | undefined {
  // The fault of == is found at its second character.
  const start = text.startsWith('==', at - 1) ? at - 1 : at
  const found = text.slice(start, start + 20)
  return others.find(([written]) => written.test(found))?.[1]
}
