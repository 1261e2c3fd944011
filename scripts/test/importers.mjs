import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

/** The files that import a file, directly or by others. All paths are relative to the current folder. */
export class Importers {
  #direct = new Map()

  constructor(paths) {
    for (const path of paths) for (const imported of importsOf(path)) this.#of(imported).push(path)
  }

  all(path) {
    const reached = new Set([path])
    for (const file of reached) for (const importer of this.#of(file)) reached.add(importer)
    return [...reached]
  }

  #of(path) {
    if (!this.#direct.has(path)) this.#direct.set(path, [])
    return this.#direct.get(path)
  }
}

function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'), true, true)
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => normalize(join(dirname(path), fileName)))
    .map((file) => [file, file.replace(/\.js$/, '.ts'), file.replace(/\.js$/, '.tsx')].find(existsSync))
    .filter((file) => file !== undefined)
}
