import type { RangeOptions, ReportOptions } from '../../help/options.js'

export interface TestOptions extends ReportOptions, RangeOptions {
  json?: boolean
  events?: string
  rule?: string
  summary?: boolean
}
