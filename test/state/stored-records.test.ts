import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BUCKETS } from '../../src/state/state-store.js'
import { filesUnder, root } from '../architecture/sources.js'
import { STORED_FILES, STORED_RECORDS } from './stored-records.js'

it('every bucket of the state is in the table of stored records', () => {
  expect(new Set(STORED_RECORDS.map(({ bucket }) => bucket))).toEqual(new Set(BUCKETS))
})

it('every bucket that the program opens is in the table', () => {
  const opened = filesUnder('src').flatMap(({ text }) =>
    [...text.matchAll(/\bbucket\('([^']*)'/g)].map(([, name]) => name),
  )
  const known = new Set<string>(STORED_RECORDS.map(({ bucket }) => bucket))
  expect(opened.length).toBeGreaterThan(15)
  expect(opened.filter((name) => !known.has(name))).toEqual([])
})

it('every stored record and file has tests, which exist', () => {
  const all = [...STORED_RECORDS.map(({ tests }) => tests), ...Object.values(STORED_FILES)]
  for (const tests of all) expect(tests.length).toBeGreaterThan(0)
  expect(all.flat().filter((path) => !existsSync(join(root, path)))).toEqual([])
})
