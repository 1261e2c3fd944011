/** Counts drawn with block characters. */

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of up to `columns`; the smallest count above zero is still to be seen. */
export function bar(count: number, max: number, columns: number): string {
  if (count <= 0 || max <= 0 || columns <= 0) return ''
  const units = Math.max(1, Math.round((count / max) * columns * 8))
  return '█'.repeat(units >> 3) + eighths[units & 7]
}

const heights = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** One character for each count; zero is a space. */
export function sparkline(counts: readonly number[]): string {
  const max = Math.max(...counts)
  return counts
    .map((count) => (count <= 0 ? ' ' : heights[Math.min(7, Math.floor((count / max) * 8))]))
    .join('')
}
