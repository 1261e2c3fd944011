export { areApart } from './anchor.js'
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
export { compileFilter } from './compile.js'
export {
  type ClauseResult,
  type CostClass,
  type EventExplanation,
  explainEvent,
  explainFilter,
  type FilterExplanation,
  type IndexUse,
} from './explain.js'
export type { Seen } from './explain-value.js'
export { FieldCheck, type UnmetUse } from './field-check.js'
export { type ComparedKind, type FieldUse, fieldUse, fieldUses, withoutFields } from './field-uses.js'
export { FilterLimits } from './limits.js'
export {
  type CompileOptions,
  except,
  intersect,
  type Matcher,
  type TypeOf,
  type TypeOfBytes,
} from './matcher.js'
export { type FilterInput, parseFilter, withCondition } from './parse.js'
export { parsePermission } from './rights.js'
export { SubscriptionIndex } from './subscription-index.js'
export { shareOfTags, type TagCounts, type TagShare } from './tag-share.js'
