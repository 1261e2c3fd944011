import { expect, it } from 'vitest'
import { eventTypes } from '../../src/hub/event-types.js'
import { resolver } from '../../src/hub/storage/open-storage.js'
import { RuleEngine } from '../../src/rules/engine.js'
import { eventsOf, type RuleDefinition } from '../../src/rules/rule.js'
import { hubTypes, TypeRegistry } from '../../src/types/index.js'
import { type RuleEvent, rule, ruleFrame } from './rule-events.js'

/** Returns the events that the rule makes of these, with the types that a hub has. */
function madeOf(definition: Partial<RuleDefinition>, events: readonly RuleEvent[]) {
  const made: unknown[] = []
  const engine = new RuleEngine([rule(definition)], {
    ...resolver(new TypeRegistry(hubTypes, ...eventTypes)),
    cursorOf: (event) => `epoch-${event.seq}`,
    outcome: (_run, _group, outcome) =>
      made.push(...eventsOf(outcome).map(({ tag, data }) => ({ tag, data }))),
    failed: (_run, _seq, thrown) => {
      throw thrown
    },
  })
  for (const event of events) engine.take(ruleFrame(event), 0)
  return made
}

const syslog = (host: string, severity: string) => ({
  tag: `syslog/main/${host}/sshd`,
  data: { host, severity, message: 'x' },
})

it('a rule counts by the host of events of any type, and names host and severity', () => {
  const made = madeOf(
    {
      filter: 'severity>=warning',
      by: ['host'],
      after: { count: 2, within: 60_000 },
      fire: { tag: `bad/\${host}`, data: { severity: `\${severity}` } },
    },
    [
      syslog('web1', 'warning'),
      syslog('web2', 'err'),
      syslog('web2', 'info'),
      { tag: 'salt/job/1/ret/web1', data: { id: 'web1', success: false, retcode: 1 } },
    ],
  )
  expect(made).toEqual([{ tag: 'bad/web1', data: { severity: 'err' } }])
})
