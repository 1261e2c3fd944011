import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { readYaml } from '../../src/config/read-yaml.js'

it('names the place of each key that a map has twice', () => {
  const { problems, value } = readYaml('a: 1\nb: { c: 1, c: 2 }\na: 3\n')
  expect(value).toBeUndefined()
  expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
    '3:1 Map keys must be unique',
    '2:12 Map keys must be unique',
  ])
})

it('refuses a text with very many anchors before it looks at them', () => {
  const lines = Array.from({ length: 30_000 }, (_, nth) => `k${nth}: &a${nth} x`)
  expect(() => readYaml(lines.join('\n'))).toThrow('it has more than 1000 anchors')
  expect(readYaml(lines.slice(0, 1000).join('\n')).problems).toEqual([])
})

it('takes no other use of the character for an anchor', () => {
  const lines = Array.from({ length: 2000 }, (_, nth) => `k${nth}: "a & b" # &c`)
  expect(readYaml(lines.join('\n')).problems).toEqual([])
})

it('finds the places of the keys of a large map', () => {
  const lines = Array.from({ length: 20_000 }, (_, nth) => `k${nth}: { see: ${nth} }`)
  const file = readYaml(lines.join('\n'))
  for (const nth of [0, 10_000, 19_999]) expect(file.locate([`k${nth}`, 'see'], 'key').line).toBe(nth + 1)
})

it('finds places after the memory of the tree was given back', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: unknown = runInNewContext('gc')
  if (typeof collectGarbage !== 'function') throw new Error('gc is no function')
  const file = readYaml('a: 1\nb: { c: 2 }\n')
  // What a WeakRef has returned stays until the turn is over.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(file.locate(['b', 'c'], 'value')).toEqual({ line: 2, column: 9 })
})

it('refuses a text that is nested too deeply before it looks at it', () => {
  const indented = Array.from({ length: 300 }, (_, nth) => `${' '.repeat(nth)}a:`).join('\n\n')
  for (const text of ['['.repeat(1000), '{a: '.repeat(1000), '- '.repeat(1000), '? '.repeat(1000), indented])
    expect(() => readYaml(text)).toThrow('it is nested too deeply')
})

it('takes long lines, and brackets in texts, for no nesting', () => {
  const pairs = Array.from({ length: 1000 }, (_, nth) => `k${nth}: [-1, '[[{{']`)
  const block = `b: |\n  ${'['.repeat(1000)}\n  ${'- '.repeat(1000)}`
  const list = `c:\n${'  - [x] # [[[\n'.repeat(1000)}`
  expect(readYaml(`a: { ${pairs.join(', ')} }\n${block}\n${list}`).problems).toEqual([])
})
