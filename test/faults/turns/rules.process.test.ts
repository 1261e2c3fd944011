import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RuleStatus } from '../../../src/rules/runner.js'
import { AttackedHub } from './attacked-hub.js'
import { holdsNobodyUp } from './expect-short-turns.js'

/** Rules hold nobody up, whatever they make, wait for and remember. */

const OFTEN = 'atMost: { count: 1000000, within: 1s }'
const LARGE = Array(4).fill(`"\${data.text}"`).join(', ')
const RULES = `
rules:
  large: { filter: load/large, ${OFTEN}, fire: { tag: made/large, data: [${LARGE}] } }
  waits:
    filter: load/waits
    by: data.key
    groups: 100000
    unlessFollowedBy: { filter: load/never, within: 2s }
    ${OFTEN}
    fire: { tag: made/waits, data: '\${data.key}' }
  fields: { filter: load/fields, ${OFTEN}, fire: { tag: made/fields, data: ['\${data.key1}', '\${data.none}'] } }
  counts: { filter: load/counts, by: data.key, groups: 100000, after: { count: 10, within: 1h }, fire: { tag: made/counts } }
`

let hub: AttackedHub
beforeAll(async () => {
  hub = await AttackedHub.start(RULES)
})
afterAll(() => hub[Symbol.asyncDispose]())

const AT_ONCE = 500

/** Publishes events for the rule, and waits until it has done with all of them. */
async function publish(rule: string, count: number, data: (nth: number) => object): Promise<void> {
  const wanted = (await stateOf(rule)).matched + count
  for (let from = 0; from < count; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - from)
    await Promise.all(
      Array.from({ length }, (_, nth) => hub.client.publish(`load/${rule}`, data(from + nth))),
    )
  }
  await expect.poll(async () => (await stateOf(rule)).matched).toBe(wanted)
  await expect.poll(async () => (await stateOf(rule)).waiting).toBe(0)
}

async function stateOf(rule: string): Promise<RuleStatus> {
  const { rules = [] } = await hub.client.request('hub.status', {})
  return rules.find(({ name }) => name === rule) as RuleStatus
}

it('large events that a rule makes of many', () => {
  const text = 'x'.repeat(59_000)
  return holdsNobodyUp(hub, () => publish('large', 300, () => ({ text })))
})

it('long events of very many keys, in which a rule looks for fields', () => {
  const keys = Array.from({ length: 200_000 }, (_, nth) => [`key${nth}`, nth])
  return holdsNobodyUp(hub, () => publish('fields', 3, () => Object.fromEntries(keys)))
})

it('very many groups that wait, and whose time is over at once', () =>
  holdsNobodyUp(hub, () => publish('waits', 20_000, (nth) => ({ key: `group ${nth}` }))))

it('very many groups with long names that are stored', () =>
  holdsNobodyUp(hub, () => publish('counts', 30_000, (nth) => ({ key: `${nth}`.padStart(300, 'k') }))))
