import { filterError } from './errors.js'
import { FilterLimits } from './limits.js'

/**
 * Size of a regular expression with its repeats written out, in characters and operators. It is measured
 * before compilation, since a short pattern with nested repeats compiles to a large program. Throws
 * TCN_FILTER_REGEX if a repeat or the whole exceeds its limit; the compiler checks everything else.
 */
export function regexSize(pattern: string, where: string): number {
  const groups: Part[] = []
  let group: Part = { size: 0, repeats: 1 }
  let atom: Part = { size: 0, repeats: 1 }
  const take = (next: Part) => {
    group.size += atom.size
    group.repeats = Math.max(group.repeats, atom.repeats)
    atom = next
  }
  for (let at = 0; at < pattern.length; ) {
    const repeat = repeatAt(pattern, at)
    if (repeat !== undefined) {
      atom.repeats *= repeat.count
      atom.size *= Math.max(repeat.count, 1)
      if (repeat.count > FilterLimits.regexRepeat || atom.repeats > FilterLimits.regexRepeat) {
        const message = `${repeat.text} at character ${at + 1} makes more than ${FilterLimits.regexRepeat} repeats`
        throw filterError('TCN_FILTER_REGEX', where, message)
      }
      at += repeat.text.length
    } else if (pattern[at] === '(') {
      take({ size: 0, repeats: 1 })
      groups.push(group)
      group = { size: 1, repeats: 1 }
      at++
    } else if (pattern[at] === ')' && groups.length > 0) {
      take({ size: 0, repeats: 1 })
      atom = group
      group = groups.pop()!
      at++
    } else {
      const length = atomLength(pattern, at)
      take({ size: length.size, repeats: 1 })
      at += length.characters
    }
  }
  take({ size: 0, repeats: 1 })
  if (group.size > FilterLimits.regexSize) {
    const message = `its size is ${group.size} when its repeats are written out, and ${FilterLimits.regexSize} is the limit`
    throw filterError('TCN_FILTER_REGEX', where, message)
  }
  return group.size
}

interface Part {
  size: number
  /** Product of the nested repeats. */
  repeats: number
}

const repeatPattern = /\{(\d+)(?:,(\d*))?\}/y

function repeatAt(pattern: string, at: number): { text: string; count: number } | undefined {
  repeatPattern.lastIndex = at
  const match = repeatPattern.exec(pattern)
  if (match === null) return undefined
  return { text: match[0], count: Math.max(Number(match[1]), Number(match[2] ?? 0)) }
}

const quoted = /\\Q(.*?)(?:\\E|$)/sy
const escaped = /\\(?:[pPx]\{[^}]*\}|.|$)/sy
const characterClass = /\[\^?\]?(?:\[:\^?\w*:\]|\\.|[^\]\\])*(?:\]|$)/sy

/** Length of the next atom in the pattern, and its size in the compiled program. */
function atomLength(pattern: string, at: number): { characters: number; size: number } {
  const character = pattern[at]
  if (character !== '\\' && character !== '[') return { characters: 1, size: 1 }
  for (const form of character === '[' ? [characterClass] : [quoted, escaped]) {
    form.lastIndex = at
    const match = form.exec(pattern)
    if (match !== null) return { characters: match[0].length, size: match[1]?.length ?? 1 }
  }
  return { characters: 1, size: 1 }
}
