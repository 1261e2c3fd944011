/** Characters that are not seen, or that change the order of those around them. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u3164\uffa0]|\p{Variation_Selector}/gu

/** Text from events, in which nothing is hidden: `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}

/** The same, with its lines and tabs. */
export function visibleLines(text: string): string {
  return text
    .split(/([\n\t])/)
    .map((part, index) => (index % 2 === 0 ? visible(part) : part))
    .join('')
}

/** A tag of at most about `room` characters: its longest segments in the middle become `…`. */
export function foldTag(tag: string, room: number): string {
  if (tag.length <= room) return tag
  const parts = tag.split('/')
  const middle = [...parts.keys()].slice(1, -1).sort((a, b) => parts[b].length - parts[a].length)
  let { length } = tag
  for (const index of middle) {
    if (length <= room) break
    length -= parts[index].length - 1
    parts[index] = '…'
  }
  return parts.join('/').replace(/…(\/…)+/g, '…')
}
