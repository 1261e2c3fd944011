import type { BuildMap } from './key-tree.js'

/** Code that makes a map with these keys; undefined where making code is forbidden. */
export function compileMap(keys: readonly string[]): BuildMap | undefined {
  const properties = keys.map((key, index) => `${JSON.stringify(key)}: values[from + ${index}]`)
  try {
    return new Function('values', 'from', `return { ${properties.join(', ')} }`) as BuildMap
  } catch {
    return undefined
  }
}
