import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
// @ts-expect-error a script without types
import { kinds } from '../../scripts/test/kinds.mjs'
import { filesUnder, importsOf } from './sources.js'

const tests = filesUnder('test').filter(({ path }) => path.endsWith('.test.ts'))
const marksOf = (path: string) => path.split('/').at(-1)!.split('.').slice(1, -2)

/** Packages that open a browser, and helpers that start programs. */
const OUTSIDE =
  /^(node:child_process|node:cluster|playwright-core)$|helpers\/(nats-server|nats-cluster|tools|executable)\.js$/

test('the name of a test file says what it uses, or that it needs a process of its own', () => {
  const known = [...Object.keys(kinds), 'isolated']
  const unknown = tests.filter(({ path }) => marksOf(path).some((mark) => !known.includes(mark)))
  expect(unknown.map(({ path }) => path)).toEqual([])
  for (const kind of known)
    expect(
      tests.some(({ path }) => marksOf(path).includes(kind)),
      kind,
    ).toBe(true)
})

test('a test file that replaces modules has a process of its own', () => {
  const replaces = /\bvi\.(?:do)?[mM]ock\(|\bvi\.resetModules\(/
  const replacing = tests.filter(({ text }) => replaces.test(text)).map(({ path }) => path)
  expect(replacing.length).toBeGreaterThan(3)
  expect(replacing.filter((path) => !marksOf(path).includes('isolated'))).toEqual([])
})

test('no file of the first ring imports what starts programs or opens a browser', () => {
  const first = tests.filter(({ path }) => !marksOf(path).some((mark) => mark in kinds))
  const using = first.filter((file) => importsOf(file).some((module) => OUTSIDE.test(module)))
  const allowed = ['test/architecture/rings.test.ts', 'test/readme/first-page.test.ts']
  expect(using.map(({ path }) => path).filter((path) => !allowed.includes(path))).toEqual([])
})

test('no test of the first ring needs the kernel of Linux, or leaves out what it cannot run', () => {
  const kernel = /(?:Sync|Socket|Folders)\([^)\n]*['`]\/(?:proc|sys)\/|\b(?:runIf|skipIf)\(/
  const first = tests.filter(({ path }) => !marksOf(path).some((mark) => mark in kinds))
  expect(first.filter(({ text }) => kernel.test(text)).map(({ path }) => path)).toEqual([])
})

test('a test of the first ring that starts a program fails, whatever starts it', () => {
  expect(() => spawn('true')).toThrow(/first ring/)
})
