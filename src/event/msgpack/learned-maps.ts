import { compileMap } from './generated-code.js'
import { addSibling, type BuildMap, type KeyNode } from './key-tree.js'

/** For each map size, the keys that maps of this size begin with. */
export const roots: (KeyNode | undefined)[] = Array(33).fill(undefined)
let learned = 0
/**
 * After this many keys all are forgotten, so that maps whose keys are data do not block the tree permanently.
 */
const MAX_LEARNED = 8192

/** Lets later maps with these keys be predicted. */
export function learn(keys: readonly string[]): void {
  const size = keys.length
  if (size >= roots.length || keys.some(isInherited) || new Set(keys).size < size) return
  learned += size
  if (learned > MAX_LEARNED) {
    roots.fill(undefined)
    learned = size
  }
  let node: KeyNode | undefined
  for (const key of keys) {
    node = nodeAfter(node, key, size)
    if (node === undefined) return
  }
  if (node !== undefined) node.build ??= builder(node, keys)
}

function nodeAfter(before: KeyNode | undefined, key: string, size: number): KeyNode | undefined {
  const first = before === undefined ? roots[size] : before.next
  for (let node = first; node !== undefined; node = node.sibling) if (node.key === key) return node
  const node = addSibling(first, key, before)
  if (before === undefined) roots[size] ??= node
  else before.next ??= node
  return node
}

/**
 * Returns whether objects inherit the key, such as `__proto__` or `constructor`. Such maps are built with care and
 * never learned.
 */
function isInherited(key: string): boolean {
  return key in Object.prototype
}

/** Makes the object with these keys and the values from `from` on. */
export function assemble(
  keys: readonly string[],
  values: readonly unknown[],
  from: number,
): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    const value = values[from + index]
    if (isInherited(key))
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
    else object[key] = value
  }
  return object
}

/** Code is generated only for maps that occur often. */
function builder(node: KeyNode, keys: readonly string[]): BuildMap {
  let uses = 0
  return (values, from) => {
    if (++uses === 16) node.build = compileMap(keys) ?? node.build
    return assemble(keys, values, from)
  }
}
