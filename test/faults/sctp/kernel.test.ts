import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cases } from './kernel/cases/index.js'
import type { Results } from './kernel/run-cases.js'
import { KernelTests } from './kernel/test-kernel.js'

/** One word of the names of those to run. */
const only = process.env.SCTP_ONLY
const environment = only ? { sctp_only: only } : undefined
const names = Object.keys(cases).filter((name) => name.includes(only ?? ''))

const tests = await KernelTests.compile()
afterAll(() => tests.remove())

/** Each case ran in a kernel that has SCTP; here is what became of it. */
function testAll(run: () => Promise<Results>): void {
  let results: Results

  beforeAll(async () => {
    results = await run()
  }, 150_000)

  test.each(names)('%s', (name) => {
    expect(results[name], 'the kernel stopped before this case').toBeDefined()
    expect(results[name].error ?? '').toBe('')
  })
}

describe('with the SCTP of a kernel of its own', () => testAll(() => tests.inUserModeLinux(environment)))

if (tests.hostLacks === undefined) {
  describe('with the SCTP of this machine', () => testAll(() => tests.onHost(environment)))
}
