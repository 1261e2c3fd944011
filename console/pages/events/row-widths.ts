/** px */
const CHARACTER = 7.25
const LEAST = 230
const MOST = 520
const SHARE = 0.3

/** Gives tags a share of the width of the list. Returns how many characters have room in their cells. */
export function makeRoomForTags(list: HTMLElement): number {
  const width = Math.round(Math.min(MOST, Math.max(LEAST, list.clientWidth * SHARE)))
  middleOf(list).style.setProperty('--tag', `${width}px`)
  const cell = list.querySelector('.tag')?.clientWidth ?? 0
  return Math.floor((cell === 0 ? LEAST : cell) / CHARACTER)
}

/** A source that all rows have says nothing, and gives its room to the others. */
export function showSources(list: HTMLElement, sources: ReadonlySet<string>): void {
  const { style } = middleOf(list)
  if (sources.size > 1) style.removeProperty('--source')
  else style.setProperty('--source', '0px')
}

/** It has the heads of columns too. */
function middleOf(list: HTMLElement): HTMLElement {
  return list.closest<HTMLElement>('.middle') ?? list
}
