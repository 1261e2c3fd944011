/** The types that programs see: those that package.json exports, and all that they name. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './steps.mjs'

const NAMED = /(?:\bfrom|\bimport\(|\bimport) ?['"](\.[^'"]+)['"]/g

/** Removes all other declarations from the folder `dist/declarations`, wherever that is built. */
export function keepPublicTypes(folder) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entries = Object.values(exports).flatMap(({ types }) => types ?? [])
  const kept = new Set(entries.map((path) => join(folder, path.replace('./dist/declarations/', ''))))
  for (const file of kept)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(NAMED))
      kept.add(join(dirname(file), path.replace(/\.js$/, '.d.ts')))
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path)
    if (path.endsWith('.d.ts') && existsSync(file) && !kept.has(file)) rmSync(file)
  }
}
