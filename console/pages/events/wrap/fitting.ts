/** Rows of different heights, the last of which ends where the list ends. */
export interface Rows {
  /** px, from the first row that is drawn to the last. */
  readonly heights: readonly number[]
  /** The height of the list, px. */
  readonly room: number
  /** Number of the first row that is drawn. */
  readonly top: number
  /** Number of the first row, also of those that are not drawn, and of the one after the last. */
  readonly first: number
  readonly end: number
  /** The row that must be seen as a whole, if there is one. */
  readonly wanted: number | undefined
}

/** The number of the last rows that are seen as a whole. */
export function fitting(heights: readonly number[], room: number): number {
  let left = room
  const cut = heights.findLastIndex((height) => {
    left -= height
    return left < 0
  })
  return heights.length - 1 - cut
}

/**
 * The row below the last one, if another one is better: so that the wanted row is seen, and so that no room is left above
 * the rows while there are more of them.
 */
export function betterEnd({ heights, room, top, first, end, wanted }: Rows): number | undefined {
  const below = top + heights.length
  if (wanted === undefined) {
    const isFilled = heights.reduce((sum, height) => sum + height, 0) >= room
    return isFilled || below >= end || top > first ? undefined : end
  }
  if (wanted < top || wanted >= below - fitting(heights, room)) return undefined
  const fromWanted = heights.slice(wanted - top).toReversed()
  return wanted + Math.max(1, fitting(fromWanted, room))
}
