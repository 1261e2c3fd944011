import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { processorWait } from '../../../src/hub/process/processor-wait.js'

it('is what the kernel says of the main thread, in ms, and never falls', () => {
  const before = processorWait()
  const line = execFileSync('cat', [`/proc/${process.pid}/task/${process.pid}/schedstat`], {
    encoding: 'utf8',
  })
  const told = Number(line.split(' ')[1]) / 1e6
  expect(before).toBeLessThanOrEqual(told)
  expect(processorWait()).toBeGreaterThanOrEqual(told)
  expect(told).toBeGreaterThan(0)
})
