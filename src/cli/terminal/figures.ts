/** Numbers as people read them. */

import { formatCount } from '../../types/figures.js'

export { formatBytes, formatCount, formatSpan, plural } from '../../types/figures.js'

/** Events a second: `0`, `0.4`, `12`, `1,204`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0'
  return perSecond < 9.95 ? perSecond.toFixed(1) : formatCount(perSecond)
}
