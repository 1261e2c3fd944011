import { isObject } from '../../../event/json/object.js'
import { constantIn } from '../constants/names.js'
import { familyOf } from './families.js'

/** Dictionaries of a notification in which constants may be written by their names, with the numbers instead. */
export function constantNumbers(payloads: Record<string, unknown>): Record<string, unknown> {
  return mapEntries(payloads, (key, body) => (isObject(body) ? numbersIn(key, body) : body))
}

function numbersIn(payload: string, body: Record<string, unknown>): Record<string, unknown> {
  return mapEntries(body, (key, value) => {
    if (isObject(value)) return numbersIn(payload, value)
    const family = familyOf(payload, key)
    return typeof value === 'string' && family !== undefined ? (constantIn(family, value) ?? value) : value
  })
}

function mapEntries(
  body: Record<string, unknown>,
  map: (key: string, value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, map(key, value)]))
}
