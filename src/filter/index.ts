export {
  allOf,
  anyOf,
  everything,
  exact,
  type Filter,
  type FilterJson,
  filterKey,
  formatFilter,
  kindMask,
  not,
  nothing,
  type Scalar,
  type TextOp,
} from './ast.js'
export { type CompileOptions, compileFilter, type TypeOfBytes } from './compile.js'
export {
  type ClauseResult,
  type CostClass,
  type EventExplanation,
  explainEvent,
  explainFilter,
  type FilterExplanation,
  type IndexUse,
} from './explain.js'
export { intersect } from './intersect.js'
export { FilterLimits } from './limits.js'
export type { Matcher, TypeOf } from './matcher.js'
export { type FilterInput, parseFilter } from './parse.js'
export { parsePermission } from './rights.js'
export type { Seen } from './see.js'
export { SubscriptionIndex } from './subscription-index.js'
export { withCondition } from './with-condition.js'
