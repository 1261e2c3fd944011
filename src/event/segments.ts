const SLASH = 0x2f

/** The offset after the slash that ends the `count`th segment from `start` on; -1 if a tag that ends at `end` has none. */
export function segmentsEnd(bytes: Uint8Array, start: number, end: number, count: number): number {
  let left = count
  for (let at = start; at < end; at++) {
    if (bytes[at] === SLASH && --left === 0) return at + 1
  }
  return -1
}
