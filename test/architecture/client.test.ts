import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf, importsOf, root, type SourceFile } from './sources.js'

test('the client loads neither zod nor a definition of a method', () => {
  for (const entry of ['src/client/index.ts', 'src/client/browser.ts']) {
    const { files, packages } = loadedBy(entry)
    expect(files.length).toBeGreaterThan(20)
    expect(packages).not.toContain('zod')
    expect(files.filter((path) => path.startsWith('src/methods/'))).toEqual([])
  }
  expect(loadedBy('src/methods/log.ts').packages).toContain('zod')
})

test('the types of the methods need no other module', () => {
  expect(importsOf(sourceOf('src/methods/contract/index.ts'))).toEqual([])
})

/** Returns what runs when a program imports the file; imports of types are gone by then. */
function loadedBy(entry: string): { files: string[]; packages: string[] } {
  const files = [entry]
  const packages = new Set<string>()
  for (const path of files) {
    for (const name of importsWhenRun(path)) {
      const file = normalize(join(path, '..', name)).replace(/\.js$/, '.ts')
      if (!name.startsWith('.')) packages.add(name)
      else if (!files.includes(file)) files.push(file)
    }
  }
  return { files, packages: [...packages] }
}

const known = new Map<string, string[]>()

function importsWhenRun(path: string): string[] {
  const names = known.get(path) ?? importsOf({ path, text: codeOf(sourceOf(path)) })
  known.set(path, names)
  return names
}

function sourceOf(path: string): SourceFile {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}
