// Runs on each supported Node.js: open files.
import { expect, it } from 'vitest'
import { openFileLimit } from '../../../../src/hub/process/open-files.js'

it('the system says how many files a process may open', () => {
  expect(openFileLimit()).toBeGreaterThan(100)
  expect(openFileLimit(process.pid)).toBe(openFileLimit())
  expect(openFileLimit(0)).toBeUndefined()
})
