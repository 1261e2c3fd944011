import type { Broken } from './checker/check.js'
import type { Told } from './systems/system.js'

const MAX_LINES = 60

/** What has happened, for the promise that was broken: of the events only the one that it is about. */
export function storyOf(told: readonly Told[], { about }: Broken): string[] {
  const lines = told.filter((each) => each.about === undefined || each.about === about)
  const shown = lines.map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(8)} s  ${text}`)
  if (shown.length <= MAX_LINES) return shown
  const half = MAX_LINES / 2
  return [...shown.slice(0, half), `          … ${shown.length - MAX_LINES} more`, ...shown.slice(-half)]
}
