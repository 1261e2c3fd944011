const MATCH = /([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g
const UNITS = { m: 60e6, h: 3_600e6, d: 86_400e6 } as const

/** Reads `rule=disk-full host=web*`; undefined if there is something else in it. */
export function matchersIn(text: string): Record<string, string> | undefined {
  const found = [...text.matchAll(MATCH)]
  const rest = text.replace(MATCH, '').trim()
  if (rest !== '' || found.length === 0) return undefined
  return Object.fromEntries(
    found.map(([, name, quoted, plain]) => [name, quoted?.replace(/\\(.)/g, '$1') ?? plain]),
  )
}

/** The same the other way round. */
export function matchersText(matchers: Readonly<Record<string, string>>): string {
  return Object.entries(matchers)
    .map(([name, glob]) => `${name}=${/^[^\s"]+$/.test(glob) ? glob : quoted(glob)}`)
    .join(' ')
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Reads `30m`, `2h` or `3d`, µs; undefined if it is something else. */
export function spanIn(text: string): number | undefined {
  const [, number, unit] = /^\s*(\d{1,4})\s*([mhd])\s*$/.exec(text) ?? []
  const span = number === undefined ? 0 : Number(number) * UNITS[unit as keyof typeof UNITS]
  return span > 0 ? span : undefined
}
