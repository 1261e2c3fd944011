/** Counts of a histogram of Prometheus: how many values were at most `le`. */
export type Buckets = readonly { readonly le: number; readonly count: number }[]

const NAME = 'tocsin_publish_latency_seconds_bucket'
const LINE = new RegExp(`^${NAME}\\{[^}]*le="([^"]+)"[^}]*\\} (\\d+)`, 'gm')

/** Reads the histogram of the time from storing an event to handing it out. */
export function publishBuckets(text: string): Buckets {
  return [...text.matchAll(LINE)].map(([, le, count]) => ({
    le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
    count: Number(count),
  }))
}

/** Returns within which time this part of the values was that came since `before`, in µs; undefined if there were none. */
export function quantile(part: number, now: Buckets, before: Buckets = []): number | undefined {
  const counts = now.map(({ le, count }, index) => ({ le, count: count - (before[index]?.count ?? 0) }))
  const total = counts.at(-1)?.count ?? 0
  if (total <= 0) return undefined
  const at = counts.findIndex(({ count }) => count >= total * part)
  const below = counts[at - 1] ?? { le: 0, count: 0 }
  const { le, count } = counts[at]
  if (le === Number.POSITIVE_INFINITY) return below.le * 1e6
  const inside = (total * part - below.count) / Math.max(1, count - below.count)
  return (below.le + (le - below.le) * inside) * 1e6
}
