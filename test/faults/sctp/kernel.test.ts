import { beforeAll, describe, expect, test } from 'vitest'
import { cases } from './kernel/cases/index.js'
import type { Results } from './kernel/run-cases.js'
import { runInTestKernel } from './kernel/test-kernel.js'

/** One word of the names of those to run. */
const only = process.env.SCTP_ONLY

/** Each case ran in a kernel that has SCTP; here is what became of it. */
describe('with the SCTP of a real kernel', () => {
  let results: Results

  beforeAll(async () => {
    results = await runInTestKernel(only ? { sctp_only: only } : {})
  }, 150_000)

  test.each(Object.keys(cases).filter((name) => name.includes(only ?? '')))('%s', (name) => {
    expect(results[name], 'the kernel stopped before this case').toBeDefined()
    expect(results[name].error ?? '').toBe('')
  })
})
