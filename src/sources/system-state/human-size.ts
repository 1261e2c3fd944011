const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E']
const WIDTH = 5

/** Writes a number of bytes as the tools of ZFS do: powers of 1024, at most five characters, such as `93.9G`. */
export function humanSize(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  if (Number.isInteger(value)) return `${value}${UNITS[power]}`
  const texts = [2, 1, 0].map((digits) => `${value.toFixed(digits)}${UNITS[power]}`)
  return texts.find((text) => text.length <= WIDTH) ?? texts[2]
}
