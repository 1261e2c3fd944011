import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cases, sanitized } from './kernel/cases/index.js'
import { KernelTests, type Runs } from './kernel/test-kernel.js'

/** Part of the names of the cases to run. */
const only = process.env.SCTP_ONLY
const environment = only ? { sctp_only: only } : undefined
const namesOf = (all: object) => Object.keys(all).filter((name) => name.includes(only ?? ''))

const tests = await KernelTests.compile()
afterAll(() => tests.remove())

/** Reports the results of the cases, which ran in a kernel that has SCTP. */
function testAll(run: () => Promise<Runs>): void {
  let runs: Runs

  beforeAll(async () => {
    runs = await run()
  }, 1_200_000)

  function testEach(which: 'plain' | 'sanitized', all: object): void {
    test.each(namesOf(all))('%s', (name) => {
      const result = runs[which][name]
      expect(result, `it stopped before this case:\n${runs.output}`).toBeDefined()
      expect(result.error ?? '', runs.output.slice(-4000)).toBe('')
    })
  }

  testEach('plain', cases)
  if (namesOf(sanitized).length === 0) return
  describe('under UndefinedBehaviorSanitizer', () => testEach('sanitized', sanitized))
}

describe('with the SCTP of a separate kernel', () => testAll(() => tests.inUserModeLinux(environment)))

if (tests.hostLacks === undefined) {
  describe('with the SCTP of this machine', () => testAll(() => tests.onHost(environment)))
}
