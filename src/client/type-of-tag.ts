import type { EventType } from '../types/event-type.js'
import { TypeRegistry } from '../types/registry.js'
import { knownTypes } from './known-types.js'

/**
 * Finds the type of an event by its tag: one of Tocsin's own types, or of those that the program adds. The registry is
 * built when the first type is asked for, since most programs ask for none.
 */
export function typeOfTag(own: readonly EventType[] = []): (tag: string) => string {
  let registry: TypeRegistry | undefined
  return (tag) => {
    registry ??= new TypeRegistry(readTypes(knownTypes), own)
    return registry.typeOf(tag)
  }
}

function readTypes(lines: string): EventType[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [type, ...tags] = line.split(' ')
      return { type, tags }
    })
}
