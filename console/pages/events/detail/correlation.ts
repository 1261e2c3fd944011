import type { Event } from '../../../../src/event/event.js'
import { readTraceparent } from '../../../../src/event/trace-context.js'
import type { FilterInput } from '../query.js'
import { fieldPath } from './field-path.js'
import { scalarOf } from './scalar.js'

/** A value that an event has in common with those that belong to it. */
export interface Key {
  /** As in filters: `data.jid`, `source`. */
  readonly field: string
  readonly value: string | number | boolean
  readonly filter: FilterInput
}

/** The values by which other events belong to this one, the strongest first; `source` is always the last. */
export function keysOf(event: Event, declared: readonly string[]): Key[] {
  const trace = readTraceparent(event.attributes.traceparent)
  const fields = declared.flatMap((field): Key[] => {
    const value = field.startsWith('data.')
      ? scalarOf(event, ...fieldPath(field).slice(1))
      : (event.attributes[field] as unknown)
    return isKey(value) ? [{ field, value, filter: exact(field, value) }] : []
  })
  return [
    ...(trace === undefined
      ? []
      : [{ field: 'traceparent', value: trace.traceId, filter: inTrace(trace.traceId) }]),
    ...fields,
    { field: 'source', value: event.source, filter: exact('source', event.source) },
  ]
}

/** Which of them count at first: the strongest, and the source where the value is a number that others use too. */
export function firstChosen(keys: readonly Key[]): readonly string[] {
  const [first] = keys
  return typeof first.value === 'number' ? [first.field, 'source'] : [first.field]
}

export function filterOfKeys(keys: readonly Key[], chosen: readonly string[]): FilterInput | undefined {
  const filters = keys.filter(({ field }) => chosen.includes(field)).map(({ filter }) => filter)
  if (filters.length === 0) return undefined
  return (filters.length === 1 ? filters[0] : { all: filters }) as FilterInput
}

/** Events that say with the attribute that they are a part of this work. */
export function inTrace(traceId: string): FilterInput {
  return { prefix: { traceparent: `00-${traceId}-` } } as FilterInput
}

export function exact(field: string, value: unknown): FilterInput {
  return { exact: { [field]: value } } as FilterInput
}

function isKey(value: unknown): value is Key['value'] {
  return typeof value === 'string'
    ? value !== '' && value.length <= 512
    : typeof value === 'number' || typeof value === 'boolean'
}
