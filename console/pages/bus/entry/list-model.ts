import { APPEND, formatKey } from '../../../../src/event/json/key-path.js'
import { isObject, own } from '../../../../src/event/json/object.js'
import type { ConfigKey } from '../../../../src/methods/contract/index.js'
import { pathOf } from '../../../hub/key-values.js'
import { typedValue } from '../values.js'
import { type EntryField, entryOf } from './entry-model.js'

/** A map of a list, with what was typed. */
export interface ListedMap {
  /** Other maps come and go before it. */
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

/** The fields of a map. The first of the keys is that of the map itself. */
export function fieldsOfMap([around, ...keys]: readonly ConfigKey[], map: object): EntryField[] {
  return keys.map((about) => {
    const name = about.key.slice(around.key.length + 1)
    const value = pathOf(name).reduce<unknown>((inner, part) => own(inner, String(part)), map)
    return { name, about, value }
  })
}

/** The list as text; empty if there is no map. */
export function textOfMaps(keys: readonly ConfigKey[], maps: readonly ListedMap[]): string {
  if (maps.length === 0) return ''
  return JSON.stringify(maps.map(({ value, typed }) => entryOf(fieldsOfMap(keys, value), typed)))
}
