import { setMaxListeners } from 'node:events'
import { TocsinError } from '../errors/tocsin-error.js'
import { isObject } from '../event/json/object.js'
import type { Granted } from './rights.js'

/** Aborts when credentials end. Everything that was opened with them listens to it. */
export function newEnding(): AbortController {
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  return ending
}

/** The error for who shows credentials that are valid but for the rights that their principal has now. */
export function exceeded(kind: 'token' | 'password'): TocsinError {
  return new TocsinError(
    'TCN_ACCESS_TOKEN',
    `the maker of the ${kind} does not have all rights that its principal has now`,
  )
}

/** Returns whether a value of a stored record is the limit of credentials. */
export function isLimit(value: unknown): value is Granted | undefined {
  if (value === undefined) return true
  if (!isObject(value)) return false
  const { grant, source } = value
  return typeof source === 'string' && (grant === '*' || (typeof grant === 'object' && grant !== null))
}
