import type { CompileOptions } from '../matcher.js'
import { originOfAttribute } from '../own-attributes.js'
import type { Expression, Identifier } from './ast.js'
import { operandsOf } from './ast.js'
import { compileValue } from './evaluate.js'
import { compileField, NoValue } from './fields.js'
import { formatExpression } from './format.js'
import type { FaultKind, Faults, Value } from './values.js'

const MAX_FAULTS = 4
const MAX_FIELDS = 8

/** Explains the result of an expression for an event: first the faults, then the values in the event. */
export function explainSql(
  expression: Expression,
  bytes: Uint8Array,
  at: number,
  options: CompileOptions,
): { readonly value?: string | number | boolean; readonly text: string } {
  const words = new Set<string>()
  const faults: Faults = {
    count: 0,
    add(kind, where) {
      if (this.count++ < MAX_FAULTS) words.add(`${short(formatExpression(where))} ${faultWords[kind]}`)
    },
  }
  const value = compileValue(expression, options)(bytes, at, faults)
  for (const identifier of identifiersOf(expression).slice(0, MAX_FIELDS)) {
    const found = compileField(identifier, options).read(bytes, at)
    if (found instanceof NoValue) continue
    const origin = originOf(identifier, bytes, at, options)
    const from = origin === undefined ? '' : ` (${origin})`
    words.add(`${short(formatExpression(identifier))} is ${show(found)}${from}`)
  }
  if (value !== undefined && typeof value !== 'boolean')
    words.add(`it gives ${show(value)}, not true or false`)
  const text = words.size === 0 ? `it gives ${value ?? false}` : [...words].join(', ')
  return typeof value === 'boolean' && faults.count === 0 ? { value, text } : { text }
}

function originOf(
  identifier: Identifier,
  bytes: Uint8Array,
  at: number,
  options: CompileOptions,
): string | undefined {
  return identifier.is === 'attribute' ? originOfAttribute(identifier.name, bytes, at, options) : undefined
}

const faultWords: Record<FaultKind, string> = {
  missingAttribute: 'is missing',
  cast: 'is not of the type that is needed',
  math: 'is beyond 32 bits or divided by zero',
  functionEvaluation: 'has an argument out of range',
  generic: 'is too long a text',
}

/** Every identifier in the expression, listed once. */
function identifiersOf(expression: Expression): Identifier[] {
  const found = new Map<string, Identifier>()
  collect(expression, found)
  return [...found.values()]
}

function collect(expression: Expression, found: Map<string, Identifier>): void {
  if (expression.is === 'attribute' || expression.is === 'data')
    found.set(formatExpression(expression), expression)
  else for (const operand of operandsOf(expression)) collect(operand, found)
}

function show(value: Value): string {
  return typeof value === 'string' ? JSON.stringify(short(value)) : String(value)
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`
}
