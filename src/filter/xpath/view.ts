import { type Json, jsonView } from '../../event/json/view.js'
import { Ext, SaltConstant } from '../../event/msgpack/values.js'

/**
 * The XML view of an event:
 *
 *   <host.load tag="…" source="…" time="2026-01-31T06:00:00.000Z">   the type of the event
 *     <load>0.5</load>                                               a key of a map in the body
 *     <disk><name>sda</name></disk> <disk>…</disk>                   a key whose value is a list: one element for each
 *   </host.load>
 *
 * A body that is a list, and a list in a list, have elements `item`. Values are those of the JSON view; nil is an
 * empty element. There are no namespaces.
 */
export interface EventView {
  readonly type: string
  readonly attributes: Readonly<Record<string, string>>
  readonly data: unknown
}

/** The content of an element: a map, a list, or a scalar. */
export type Content = unknown

export const ITEM = 'item'

/** Calls `found` with the content of each child element of that name, or of any. Stops, and returns true, if it does. */
export function someChild(
  content: Content,
  name: string | undefined,
  found: (child: Content) => boolean,
): boolean {
  const container = containerOf(content)
  if (container === undefined) return false
  if (Array.isArray(container)) return (name === undefined || name === ITEM) && container.some(found)
  if (name === undefined)
    return Object.values(container).some((value) => someElement(value as Content, found))
  const key = keyOf(name)
  return Object.hasOwn(container, key) && someElement(container[key], found)
}

type Child = [name: string, content: Content, isOfList: boolean]

/** The names and contents of the child elements, and whether each is one of a list. */
export function childrenOf(content: Content): Child[] {
  const container = containerOf(content)
  if (container === undefined) return []
  if (Array.isArray(container)) return container.map((child) => [ITEM, child, true])
  return Object.entries(container).flatMap(([key, value]) => {
    const name = elementName(key)
    return Array.isArray(value)
      ? value.map((child): Child => [name, child, true])
      : [[name, value, false] as Child]
  })
}

/** Returns whether an element has elements in it, or could have some. */
export function isContainer(content: Content): boolean {
  return containerOf(content) !== undefined
}

/** The text of an element, without that of its children. */
export function ownText(content: Content): string {
  if (typeof content === 'string') return content
  const view = jsonView(content)
  return view === null || typeof view === 'object' ? '' : String(view)
}

/** The text of an element and of all elements in it. */
export function textOf(content: Content): string {
  if (containerOf(content) === undefined) return ownText(content)
  return childrenOf(content)
    .map(([, child]) => textOf(child))
    .join('')
}

function someElement(value: Content, found: (child: Content) => boolean): boolean {
  return Array.isArray(value) ? value.some(found) : found(value)
}

/** The members of a container; undefined for a scalar. */
function containerOf(content: Content): Record<string, unknown> | unknown[] | undefined {
  if (typeof content !== 'object' || content === null) return undefined
  if (Array.isArray(content)) return content
  if (content instanceof Map || content instanceof Ext || content instanceof SaltConstant)
    return jsonView(content) as Record<string, Json>
  return content instanceof Uint8Array || content instanceof Date
    ? undefined
    : (content as Record<string, unknown>)
}

/** The name of the element for the empty key. */
const EMPTY = '_x_'
const START = String.raw`\p{L}_`
const REST = String.raw`${START}\p{N}.\-`
const PLAIN = new RegExp(`^(?!.*_x[0-9A-Fa-f]{4,6}_)[${START}][${REST}]*$`, 'u')
const ESCAPED = /_x([0-9A-Fa-f]{4,6})_/g
const FOREIGN = new RegExp(`_(?=x[0-9A-Fa-f]{4,6}_)|^[^${START}]|[^${REST}]`, 'gu')

/** The name of the element for a key: a character that no XML name may have there is written `_x0020_`. */
export function elementName(key: string): string {
  if (key === '') return EMPTY
  // Its own name means the empty key.
  if (key === EMPTY) return `_x005F_${EMPTY.slice(1)}`
  if (PLAIN.test(key)) return key
  return key.replace(
    FOREIGN,
    (character) => `_x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}_`,
  )
}

/** The key of the element with this name. */
export function keyOf(name: string): string {
  if (!name.includes('_x')) return name
  if (name === EMPTY) return ''
  return name.replace(ESCAPED, (escaped, digits: string) => {
    const point = Number.parseInt(digits, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : escaped
  })
}
