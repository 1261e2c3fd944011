import { isObject } from '../event/json/object.js'

/** `2026-11-21T02:54:26.500000Z` */
const WRITTEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** Returns when an event of a source happened, if its data has a time that the source has read, as an attribute. */
export function timeOfData(data: unknown): { time: string } | undefined {
  if (!isObject(data)) return undefined
  const when = data.time ?? data.at
  return typeof when === 'string' && WRITTEN.test(when) ? { time: when } : undefined
}
