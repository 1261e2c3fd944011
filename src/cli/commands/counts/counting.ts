import type { Command } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { Coverage, FieldValue, Wanted } from '../../../methods/contract/index.js'
import {
  type RangeOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
  type WhereOptions,
  whereOption,
} from '../../help/options.js'
import type { Io } from '../../io.js'

/** The options that the commands that count events share. */

export interface CountOptions extends ReportOptions, RangeOptions, WhereOptions {
  limit?: number
}

export function countOptions(command: Command): Command {
  whereOption(command)
  rangeOptions(command, { usual: '-1h' }, { usual: 'now' })
  return reportOptions(command)
}

/** Which events are counted. */
export async function selectionOf(
  filters: readonly string[],
  { where, from, to }: CountOptions,
): Promise<Wanted & RangeOptions> {
  const { filterOf } = await import('../../hub/filter-argument.js')
  const given = { filters: await filterOf(filters, where), from, to }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Says so if not every event of the range was counted. */
export function noteCoverage(io: Io, { exact, coveredFrom }: Coverage): void {
  if (coveredFrom !== undefined)
    io.note(`there are too many events: those before ${formatTime(coveredFrom)} were not counted; see --from`)
  else if (!exact) io.note('the counts are lower bounds: there are too many values, or a part cannot be read')
}

export function valueText(value: FieldValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function shareText(count: number, total: number): string {
  return total === 0 ? '' : `${((100 * count) / total).toFixed(1)}%`
}
