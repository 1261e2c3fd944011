import { expect, test } from 'vitest'
import { codeOf, filesUnder, importsOf } from './sources.js'

const withHandedInRuntime = [
  'errors',
  'event',
  'filter',
  'types',
  'storage',
  'log',
  'state',
  'bus',
  'methods',
  'observers',
]
const forBrowsers = ['errors', 'event', 'filter']

const clockOrChance =
  /\b(Date\.now|Math\.random|setTimeout|setInterval|setImmediate|performance\.now|process\.hrtime|randomBytes|randomUUID|getRandomValues)\b|new Date\(\s*\)|\bnode:(timers|crypto)\b.*\b(random|setTimeout)/

function codeIn(folders: string[]): { path: string; lines: string[] }[] {
  return folders
    .flatMap((folder) => filesUnder(`src/${folder}`))
    .filter((file) => /(?<!\.d)\.ts$/.test(file.path))
    .map((file) => ({ path: file.path, lines: codeOf(file).split('\n') }))
}

function linesWith(pattern: RegExp, folders: string[]): string[] {
  return codeIn(folders).flatMap(({ path, lines }) =>
    lines.filter((line) => pattern.test(line)).map((line) => `${path}: ${line.trim()}`),
  )
}

test('no clock, timer or random source is called directly below the hub', { timeout: 300_000 }, () => {
  expect(linesWith(clockOrChance, withHandedInRuntime)).toEqual([])
})

test('a clock, a timer and a random source are detected; a date made from a number is not', () => {
  const seen = [
    'x = Date.now()',
    'setImmediate(run)',
    'Math.random() * 2',
    'new Date( )',
    'process.hrtime.bigint()',
  ]
  expect(seen.filter((line) => !clockOrChance.test(line))).toEqual([])
  expect(clockOrChance.test('new Date(millis).toISOString()')).toBe(false)
})

test('errors, event and filter run in a browser: no builtin module of Node, no Buffer, no process', () => {
  const imports = forBrowsers
    .flatMap((folder) => filesUnder(`src/${folder}`))
    .flatMap((file) => importsOf(file).map((specifier) => `${file.path} -> ${specifier}`))
  expect(imports.filter((arrow) => arrow.includes('-> node:'))).toEqual([])
  expect(linesWith(/\bBuffer\b(?!['"])|\bprocess\./, forBrowsers)).toEqual([])
})

test('codecs import no I/O', () => {
  const codecs = [
    'src/protocols/native',
    'src/protocols/netconf/codec',
    'src/protocols/salt/codec',
    'src/protocols/sctp/notifications',
  ]
  const imports = codecs
    .flatMap(filesUnder)
    .flatMap((file) => importsOf(file).map((specifier) => `${file.path} -> ${specifier}`))
  // Hashes, compressed bytes, path names, address syntax and the byte order of the host are values, not I/O.
  expect(imports.filter((arrow) => /-> node:(?!(crypto|zlib|path|net|os)$)/.test(arrow))).toEqual([])
  expect(linesWith(/\b(createServer|createConnection|connect|Socket)\(/, ['protocols/salt/codec'])).toEqual(
    [],
  )
})
