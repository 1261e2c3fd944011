import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, importsOf, root, type SourceFile } from './sources.js'

/** Each folder of `src` may import itself and those listed before it, but not other folders of its own line. */
const layers = [
  ['errors'],
  ['event'],
  ['filter'],
  ['types'],
  ['config'],
  ['processes'],
  ['parts'],
  ['storage'],
  ['log', 'state'],
  ['bus'],
  ['incremental'],
  ['transport'],
  ['cluster'],
  ['access'],
  ['protocols'],
  ['methods'],
  ['jobs'],
  ['observers'],
  ['client'],
  ['faces', 'sources', 'sinks'],
  ['upstream', 'rules', 'hosts', 'devices'],
  ['hub'],
  ['bridge'],
  ['cli'],
]

const sources = filesUnder('src').filter((file) => file.path.endsWith('.ts'))

function partOf(path: string): string {
  return path.split('/')[1]
}

function layerOf(part: string): number {
  return layers.findIndex((parts) => parts.includes(part))
}

function mayImport(from: string, to: string): boolean {
  return from === to || layerOf(to) < layerOf(from)
}

/** Returns the files that a file imports, as paths from the root. */
function targetsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts'))
}

function wrongArrows(file: SourceFile): string[] {
  const from = partOf(file.path)
  return targetsOf(file)
    .filter((target) => !target.startsWith('src/') || !mayImport(from, partOf(target)))
    .map((target) => `${file.path} -> ${target}`)
}

test('every source file belongs to a layer', () => {
  expect(sources.length).toBeGreaterThan(0)
  expect(sources.map((file) => file.path).filter((path) => layerOf(partOf(path)) < 0)).toEqual([])
})

test('imports point in one direction', () => {
  expect(sources.flatMap(wrongArrows)).toEqual([])
})

test('an import in the wrong direction, within a layer or out of src is detected', () => {
  const file = (path: string, specifier: string) => ({ path, text: `import { x } from '${specifier}'` })
  expect(wrongArrows(file('src/log/a.ts', '../event/b.js'))).toEqual([])
  expect(wrongArrows(file('src/faces/native/server.ts', '../../protocols/native/protocol.js'))).toEqual([])
  expect(wrongArrows(file('src/event/a.ts', '../log/b.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/log/a.ts', '../state/b.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/sources/a.ts', '../faces/b.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/client/a.ts', '../faces/native/server.js'))).toHaveLength(1)
  expect(wrongArrows(file('src/hub/a.ts', '../../test/b.js'))).toHaveLength(1)
  expect(wrongArrows({ path: 'src/bus/a.ts', text: `const x = await import('../hub/b.js')` })).toHaveLength(1)
})

/** Groups of files that import each other in a cycle, including type imports (Tarjan's algorithm). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const visit = (file: string): number => {
    order.set(file, order.size)
    lowest.set(file, order.get(file)!)
    open.push(file)
    for (const target of graph.get(file) ?? []) {
      const reached = order.has(target)
        ? open.includes(target)
          ? order.get(target)!
          : Infinity
        : visit(target)
      lowest.set(file, Math.min(lowest.get(file)!, reached))
    }
    if (lowest.get(file) === order.get(file)) {
      const circle = open.splice(open.indexOf(file))
      if (circle.length > 1) found.push(circle.sort())
    }
    return lowest.get(file)!
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found
}

test('no files import each other in a cycle, not even for a type', () => {
  expect(circles(new Map(sources.map((file) => [file.path, targetsOf(file)])))).toEqual([])
})

test.each(['bench', 'console'])('no files of %s import each other in a cycle', (folder) => {
  const files = filesUnder(folder).filter(({ path }) => /\.tsx?$/.test(path))
  expect(files.length).toBeGreaterThan(0)
  // An import of a component names its .js too.
  const exact = new Map(files.map(({ path }) => [path.replace(/x$/, ''), path]))
  const graph = files.map(
    (file) => [file.path, targetsOf(file).map((target) => exact.get(target) ?? target)] as const,
  )
  expect(circles(new Map(graph))).toEqual([])
})

test('a cycle of imports is detected', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ])
  expect(circles(graph)).toEqual([['a', 'b', 'c']])
})

test('sources import neither the bus nor the client', () => {
  const wrong = sources
    .filter((file) => file.path.startsWith('src/sources/'))
    .flatMap((file) => importsOf(file).map((specifier) => `${file.path} -> ${specifier}`))
    .filter((arrow) => /-> .*\.\.\/(bus|client)\//.test(arrow))
  expect(wrong).toEqual([])
})

test('relative imports name an existing file, with its .js', () => {
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
