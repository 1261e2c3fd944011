import { expect, vi } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { RuleInfo } from '../../src/methods/contract/index.js'
import type { HubProcess } from '../e2e/hub-process.js'

const atMost = { count: 1_000_000 }
const after = { count: 3, within: '1d' }

/** One rule acts on each event, one on every third, and one once for each of ten groups. */
export const COUNTING_RULES = {
  each: { filter: 'in/', fire: { tag: 'each', data: `\${data.n}` }, atMost },
  third: { filter: 'in/', after, fire: { tag: 'third', data: `\${data.n}` }, atMost },
  once: { filter: 'in/', by: 'data.group', onceWithin: '1d', fire: { tag: 'once', data: `\${data.group}` } },
}

/** Resolves when all rules of the hub are in this state. */
export async function rulesAre(
  { socket }: HubProcess,
  state: RuleInfo['state'],
  names = Object.keys(COUNTING_RULES),
): Promise<void> {
  await using client = await connect({ address: socket })
  await vi.waitFor(async () => {
    const { rules } = await client.request<{ rules: RuleInfo[] }>('rules.list')
    expect(rules.map((rule) => rule.state)).toEqual(names.map(() => state))
  })
}

/** Publishes events with numbers from `from` on, the last of them durably. */
export async function publishNumbers(client: Client, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    const ack = n === from + count - 1 ? 'durable' : 'accepted'
    await client.publish('in/a', { n, group: n % 10 }, { ack })
  }
}

/** Resolves when the rules have acted once on each of these events, in their order. */
export async function expectActedOn(client: Client, numbers: readonly number[]): Promise<void> {
  const thirds = numbers.filter((_, at) => at % 3 === 2)
  const groups = [...new Set(numbers.map((n) => n % 10))]
  const found = () => Promise.all(['each', 'third', 'once'].map((tag) => bodies(client, tag)))
  await expect.poll(found, { timeout: 60_000 }).toEqual([numbers, thirds, groups])
}

/** The bodies of all events with the tag. */
export async function bodies(client: Client, tag: string): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const { data } of client.read({ exact: { tag } }, { from: 'start' }).events()) all.push(data)
  return all
}
