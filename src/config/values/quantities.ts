/** Sizes and durations as people write them: `10GiB`, `7d`. */

const sizeUnits: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
  w: 7 * 86400e3,
}

/** These are also the patterns in the JSON Schema, so that editors accept what the hub accepts. */
export const sizePattern = new RegExp(`^(\\d{1,16}(?:\\.\\d{1,3})?) ?(${Object.keys(sizeUnits).join('|')})$`)
export const durationPattern = new RegExp(
  `^(\\d{1,16}(?:\\.\\d{1,3})?) ?(${Object.keys(durationUnits).join('|')})$`,
)

export const SIZE_FORM = 'a size such as 64MiB (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)'
export const DURATION_FORM = 'a duration such as 30s (ms, s, m, h, d, w)'

/** The size in bytes; undefined if the text is not a size. */
export function parseSize(text: string): number | undefined {
  return parse(text, sizePattern, sizeUnits)
}

/** The duration in ms; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, durationPattern, durationUnits)
}

function parse(text: string, pattern: RegExp, units: Record<string, number>): number | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const value = Math.round(Number(match[1]) * units[match[2]])
  return Number.isSafeInteger(value) ? value : undefined
}

/** The shortest exact form with a binary unit. */
export function formatSize(bytes: number): string {
  return format(bytes, ['TiB', 'GiB', 'MiB', 'KiB'], sizeUnits) ?? `${bytes}B`
}

/** The shortest exact form. */
export function formatDuration(ms: number): string {
  return format(ms, ['w', 'd', 'h', 'm', 's'], durationUnits) ?? `${ms}ms`
}

function format(value: number, names: string[], units: Record<string, number>): string | undefined {
  if (value === 0) return undefined
  const name = names.find((unit) => value % units[unit] === 0)
  return name && `${value / units[name]}${name}`
}
