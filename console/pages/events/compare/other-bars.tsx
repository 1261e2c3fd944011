import type { Histogram } from '../../../../src/methods/contract/index.js'

interface OtherBarsProps {
  counts: Histogram
  other: Histogram
  /** The number of events as high as the picture. */
  most: number
  width: number
  height: number
}

/** The counts of the time that is compared, as a line over the bars. */
export function OtherBars({ counts, other, most, width, height }: OtherBarsProps) {
  const shown = counts.counts.length * counts.step
  // Both times begin at the left edge, and the shorter one is stretched.
  const stretch = (counts.to - counts.from) / Math.max(1, other.to - other.from)
  const xOf = (time: number) => (counts.from - counts.start + (time - other.from) * stretch) / shown
  const yOf = (events: number) => height - (Math.min(events, most) / most) * height
  const points = other.counts.flatMap((events, nth) => {
    const y = yOf((events ?? 0) * (counts.step / other.step))
    const start = other.start + nth * other.step
    const ends = [Math.max(start, other.from), Math.min(start + other.step, other.to)]
    return ends.map((time) => `${(xOf(time) * width).toFixed(1)} ${y.toFixed(1)}`)
  })
  return points.length === 0 ? null : <path class="compared" d={`M${points.join('L')}`} />
}
