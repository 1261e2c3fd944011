import { expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { MadeEvent } from '../../src/rules/rule.js'
import type { RuleHost, RuleReceiver } from '../../src/rules/rule-host.js'
import { RulesRunner } from '../../src/rules/runner.js'
import { openMemoryState } from '../../src/state/memory-state.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { rule, ruleFrame } from './rule-events.js'

it('a rule that throws, in a timer or in an event, is started again from what was stored', async () => {
  const runtime = new FakeRuntime()
  const made: MadeEvent[] = []
  const reports: unknown[] = []
  const starts: string[] = []
  const faults = ['in an event', 'in a timer']
  let receiver!: RuleReceiver
  const host: RuleHost = {
    runtime,
    types: { typeOf: () => 'type' },
    bucket: openMemoryState({ runtime }).bucket('rules'),
    epoch: 'epoch',
    last: 0,
    isPrimary: true,
    cursorOf: ({ seq }) => `epoch-${seq}`,
    follow: async (from, follower) => {
      starts.push(from)
      receiver = follower
      return { drained: () => undefined, close: () => undefined }
    },
    publish: (event) => {
      const fault = faults.shift()
      if (fault !== undefined) throw new TocsinError('TCN_ATTRIBUTES_INVALID', fault)
      made.push(event)
      return true
    },
    settled: async () => undefined,
    report: ({ data }) => reports.push(data),
  }
  const unless = { filter: 'no/', within: 1_000 }
  const runner = new RulesRunner([rule(), rule({ name: 'late', filter: 'late/', unless })], host)
  await runner.start()
  receiver.write([ruleFrame({ tag: 'in/a', at: runtime.now() / 1e6 }, 1)])
  expect(runner.status()).toMatchObject([{ state: 'down', reason: 'in an event' }, { state: 'down' }])
  await runtime.pass(1_000)
  expect(runner.status()).toMatchObject([{ state: 'up' }, { state: 'up' }])
  receiver.write([ruleFrame({ tag: 'late/a', at: runtime.now() / 1e6 }, 1)])
  await runtime.pass(10_000)
  expect(runner.status()).toMatchObject([{ state: 'up' }, { state: 'up' }])
  expect(starts.every((from) => from === starts[0] || from.endsWith('-1'))).toBe(true)
  expect(reports).toMatchObject([
    { state: 'down', reason: 'in an event' },
    { state: 'back' },
    { state: 'down', reason: 'in a timer' },
    { state: 'back' },
  ])
  await runner.stop()
})
