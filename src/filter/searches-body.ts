import type { Filter } from './ast.js'
import { type Expression, operandsOf } from './cesql/ast.js'
import { partsOf } from './describe.js'
import { type Field, parseField } from './field.js'
import { derivedNames } from './own-attributes.js'

/** Returns whether a test of the filter may look for fields of the body. */
export function searchesBody(filter: Filter): boolean {
  if (filter.op === 'sql') return hasFieldOfBody(filter.expression)
  if ('field' in filter) return isFieldOfBody(parseField(filter.field))
  return partsOf(filter).some(searchesBody)
}

function hasFieldOfBody(expression: Expression): boolean {
  if (expression.is === 'data') return true
  if (expression.is === 'attribute') return derivedNames.has(expression.name)
  return operandsOf(expression).some(hasFieldOfBody)
}

/** Types read the derived attributes from the body. */
function isFieldOfBody(field: Field): boolean {
  return field.in === 'data' || (field.in === 'attribute' && derivedNames.has(field.name))
}
