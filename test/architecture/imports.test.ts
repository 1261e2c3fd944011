import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, importsOf, root, type SourceFile } from './sources.js'

/**
 * Every layer may import itself and what stands before it. Parts of one layer do not know each other.
 * A face is two parts: what its other side shares (codec and client), and the server.
 */
const layers = [
  ['event'],
  ['filter'],
  ['types'],
  ['lmdb'],
  ['log', 'state'],
  ['bus'],
  ['access'],
  ['native codec', 'salt codec', 'sctp codec'],
  ['client'],
  ['faces', 'sources', 'config'],
  ['hub'],
  ['cli'],
]
const codecs: [RegExp, string][] = [
  [/^src\/faces\/native\/(protocol|codec|record)[^/]*\.ts$/, 'native codec'],
  [/^src\/faces\/salt\/(codec|client|types)\//, 'salt codec'],
  [/^src\/faces\/sctp\//, 'sctp codec'],
]

const sources = filesUnder('src').filter((file) => file.path.endsWith('.ts'))

function partOf(path: string): string {
  return codecs.find(([files]) => files.test(path))?.[1] ?? path.split('/')[1]
}

function layerOf(part: string): number {
  return layers.findIndex((parts) => parts.includes(part))
}

function mayImport(from: string, to: string): boolean {
  return from === to || layerOf(to) < layerOf(from)
}

function wrongArrows(file: SourceFile): string[] {
  const from = partOf(file.path)
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts'))
    .filter((target) => !target.startsWith('src/') || !mayImport(from, partOf(target)))
    .map((target) => `${file.path} -> ${target}`)
}

test('every source file belongs to a layer', () => {
  expect(sources.length).toBeGreaterThan(0)
  expect(sources.map((file) => file.path).filter((path) => layerOf(partOf(path)) < 0)).toEqual([])
})

test('imports point one way', () => {
  expect(sources.flatMap(wrongArrows)).toEqual([])
})

test('an arrow the wrong way, into a part of the same layer or out of src is seen', () => {
  const file = (path: string, specifier: string) => ({ path, text: `import { x } from '${specifier}'` })
  expect(wrongArrows(file('src/log/a.ts', '../event/b.js'))).toEqual([])
  expect(wrongArrows(file('src/faces/native/server.ts', './protocol.js'))).toEqual([])
  expect(wrongArrows(file('src/event/a.ts', '../log/b.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/log/a.ts', '../state/b.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/sources/a.ts', '../faces/b.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/client/a.ts', '../faces/native/server.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/hub/a.ts', '../../test/b.js'))).toHaveLength(1)
  expect(wrongArrows({ path: 'src/bus/a.ts', text: `const x = await import('../hub/b.js')` })).toHaveLength(1)
})

test('sources know neither bus nor faces, but codecs and clients of faces', () => {
  const wrong = sources
    .filter((file) => file.path.startsWith('src/sources/'))
    .flatMap((file) => importsOf(file).map((specifier) => `${file.path} -> ${specifier}`))
    .filter((arrow) => /-> .*\/(bus|faces|client)\//.test(arrow))
    .filter((arrow) => !/-> .*\/faces\/(salt\/(codec|client)|sctp)\//.test(arrow))
  expect(wrong).toEqual([])
})

test('relative imports name a file that is there, with its .js', () => {
  const known = new Set(sources.map((file) => file.path))
  const wrong = sources.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .filter(
        (specifier) => !known.has(posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts')),
      )
      .map((specifier) => `${file.path} -> ${specifier}`),
  )
  expect(wrong).toEqual([])
})

test('other packages are declared as dependencies, and builtin modules begin with node:', () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const allowed = (specifier: string) =>
    specifier.startsWith('.') ||
    (isBuiltin(specifier) ? specifier.startsWith('node:') : packageName(specifier) in dependencies)
  const wrong = sources.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => !allowed(specifier))
      .map((specifier) => `${file.path} -> ${specifier}`),
  )
  expect(wrong).toEqual([])
})

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
