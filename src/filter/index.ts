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
export { type CompileOptions, compileFilter } from './compile.js'
export { FilterLimits } from './limits.js'
export type { Matcher, TypeOf } from './matcher.js'
export { type FilterInput, parseFilter } from './parse.js'
export { SubscriptionIndex } from './subscription-index.js'
