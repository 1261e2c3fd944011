import { beforeAll, describe, expect, test } from 'vitest'
import { cases } from './kernel/cases/index.js'
import type { Results } from './kernel/run-cases.js'
import { runInTestKernel } from './kernel/test-kernel.js'

/** Each case ran in a kernel that has SCTP; here is what became of it. */
describe('with the SCTP of a real kernel', () => {
  let results: Results

  beforeAll(async () => {
    results = await runInTestKernel()
  }, 150_000)

  test.each(Object.keys(cases))('%s', (name) => {
    expect(results[name], 'the kernel stopped before this case').toBeDefined()
    expect(results[name].error ?? '').toBe('')
  })
})
