import { APPEND, formatKey } from '../../../../src/event/json/key-path.js'
import { isObject } from '../../../../src/event/json/object.js'
import type { ConfigKey } from '../../../../src/methods/contract/index.js'
import { pathOf, withPart } from '../../../hub/key-values.js'
import { typedValue } from '../values.js'
import { editsOf, fieldsOf, nameWithin } from './entry-model.js'

/** A map of a list, with what was typed. */
export interface ListedMap {
  /** Stays the same while other maps of the list come and go. */
  readonly id: number
  readonly value: object
  readonly typed: ReadonlyMap<string, string>
}

/** Returns whether a key has a list of maps, such as the conditions of a rule. */
export function isListOfMaps({ value }: Pick<ConfigKey, 'value'>): boolean {
  return value === 'list of map'
}

/** The key that describes each map of a list. */
export function keyOfMaps(list: string): string {
  return formatKey([...pathOf(list), APPEND])
}

/** Reads a list as the field of its key has it. */
export function mapsIn(text: string): ListedMap[] {
  const list = typedValue(text)
  const maps = Array.isArray(list) ? list.filter(isObject) : []
  return maps.map((value, id) => ({ id, value, typed: new Map() }))
}

/** The list as text, with what was typed; empty if there is no map. */
export function textOfMaps(keys: readonly ConfigKey[], maps: readonly ListedMap[]): string {
  if (maps.length === 0) return ''
  return JSON.stringify(maps.map((map) => edited(keys, map)))
}

/** A map with what was typed. A key that is undefined is not in its text. */
function edited(keys: readonly ConfigKey[], { value, typed }: ListedMap): unknown {
  return editsOf(fieldsOf(keys, value), typed).reduce<unknown>(
    (map, edit) => withPart(map, pathOf(nameWithin(edit.key, keys[0])), edit.value),
    value,
  )
}
