import { CLASSES, ERROR_CLASSES, type HostTable, LEFT, SILENT, WARNING_CLASS } from './host-table.js'

/** Times whose events are counted. */
export const PERIODS = ['hour', 'day'] as const
export type Period = (typeof PERIODS)[number]

/** Numbers after those of the severities, and of events that say none. */
const NOTHING = CLASSES
const IS_SILENT = CLASSES + 1
const HAS_LEFT = CLASSES + 2

/** Returns the worst of a host in the period as one number: its severity, or that it had no event, is silent or has left. */
export function levelOf(table: HostTable, index: number, now: number, period: Period): number {
  const flags = table.flags[index]
  if ((flags & SILENT) !== 0) return IS_SILENT
  if ((flags & LEFT) !== 0) return HAS_LEFT
  for (let each = 0; each < CLASSES; each++) if (countOf(table, index, each, now, period) > 0) return each
  return NOTHING
}

/** Returns the number of its errors, or of its warnings where it had no errors. */
export function troubleIn(table: HostTable, index: number, now: number, period: Period): number {
  let errors = 0
  for (let each = 0; each < ERROR_CLASSES; each++) errors += countOf(table, index, each, now, period)
  return errors > 0 ? errors : countOf(table, index, WARNING_CLASS, now, period)
}

function countOf(table: HostTable, index: number, severity: number, now: number, period: Period): number {
  const block = table.blockOf(index, severity)
  return block === undefined ? 0 : table.counts[period](block, now)
}
