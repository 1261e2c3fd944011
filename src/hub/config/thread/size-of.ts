/** The characters of all texts in a value, and one for everything else. Beyond `most`, the rest is not looked at. */
export function sizeOf(value: unknown, most: number): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  let size = 1
  for (const key in value) {
    size += key.length + sizeOf((value as Record<string, unknown>)[key], most - size)
    if (size > most) break
  }
  return size
}
