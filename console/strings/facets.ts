import { formatCount as count } from '../../src/types/figures.js'

/** The texts of values that are searched or compared. */
export const facetStrings = {
  searchIn: (field: string) => `Values of ${field} that contain`,
  searchHint: 'contains …',
  more: (events: number) => `+${count(events)}`,
  fewer: (events: number) => `−${count(events)}`,
  same: '=',
  isNew: 'new',
  compared: (events: string, change: string) => `compared: ${events}${change}`,
  percent: (share: number) => ` (${share < 0 ? '−' : share > 0 ? '+' : '±'}${Math.abs(share)} %)`,
  compareTitle: 'Compare with another time',
  noEvent: 'Only times can be compared, no events.',
} as const
