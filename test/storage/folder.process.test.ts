import { expect, test } from 'vitest'
import { makeFolders } from '../../src/storage/folder.js'

/** In /proc, which Linux has. */
test('creating a folder fails without hanging where none can be created', () => {
  expect(() => makeFolders('/proc/tocsin', 0o700)).toThrow('ENOENT')
  expect(() => makeFolders('/proc/tocsin/log', 0o700)).toThrow('ENOENT')
})
