/** Numbers as people read them. */

export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `1 event`, `1,204 events`. */
export function plural(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`
}

/** `0 B`, `17.3 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`
}

const spans: readonly (readonly [name: string, micros: number])[] = [
  ['d', 86_400e6],
  ['h', 3600e6],
  ['m', 60e6],
  ['s', 1e6],
]

/** The two largest units: `3d 4h`, `2m 5s`; below ten seconds one decimal, below one second ms. */
export function formatSpan(micros: number): string {
  const span = Math.max(0, micros)
  if (span < 1e6) return `${Math.round(span / 1000)}ms`
  if (span < 9.95e6) return `${(span / 1e6).toFixed(1)}s`
  const first = spans.findIndex(([, length]) => span >= length)
  const [name, length] = spans[first]
  const second = spans[first + 1]
  const rest = second ? Math.floor((span % length) / second[1]) : 0
  return `${Math.floor(span / length)}${name}${rest > 0 ? ` ${rest}${second[0]}` : ''}`
}

/** Below ten milliseconds more exact than `formatSpan`: `850µs`, `4.2ms`. */
export function formatMicros(micros: number): string {
  if (micros < 1000) return `${Math.round(micros)}µs`
  return micros < 10_000 ? `${(micros / 1000).toFixed(1)}ms` : formatSpan(micros)
}
