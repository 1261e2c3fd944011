import { grepSpans } from '../../filter/grep.js'
import { parseFilter } from '../../filter/index.js'

const INVERSE = '\x1b[7m'
const NOT_INVERSE = '\x1b[27m'

/** Returns what marks the matches of a search in a line. Inverse keeps the colours that the line already has. */
export function highlighter(search: { grep: unknown }): (line: string) => string {
  const spansOf = grepSpans(parseFilter(search))
  const mark = (text: string): string => {
    let marked = ''
    let end = 0
    for (const [start, next] of spansOf(text)) {
      marked += text.slice(end, start) + INVERSE + text.slice(start, next) + NOT_INVERSE
      end = next
    }
    return marked + text.slice(end)
  }
  return (line) =>
    line
      .split(/(\x1b\[[0-9;]*m)/)
      .map((piece, at) => (at % 2 === 1 ? piece : mark(piece)))
      .join('')
}
