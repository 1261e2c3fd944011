import { expect, test } from 'vitest'
import { ALONE } from '../../vitest.config.js'
import { filesUnder } from './sources.js'

/** Replaces a module in all files that share its process, before and after it too. */
const REPLACES = /\bvi\.(?:do)?[mM]ock\(|\bvi\.resetModules\(/

test('a test file that replaces modules has a process of its own', () => {
  const replacing = filesUnder('test')
    .filter(({ path, text }) => path.endsWith('.test.ts') && REPLACES.test(text))
    .map(({ path }) => path)
  expect(replacing.length).toBeGreaterThan(3)
  expect(replacing.filter((path) => !ALONE.includes(path))).toEqual([])
})
