import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { RuleInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'

const EVENTS = 3_000
const KILLS = 3
/** One rule acts on each event, one on every third, and one once for each of ten groups. */
const config = `rules:
  each: { filter: in/, fire: { tag: each, data: "\${data.n}" }, atMost: { count: 1000000 } }
  third: { filter: in/, after: { count: 3, within: 1d }, fire: { tag: third, data: "\${data.n}" }, atMost: { count: 1000000 } }
  once: { filter: in/, by: data.group, onceWithin: 1d, fire: { tag: once, data: "\${data.group}" } }
`

test('rules of a hub that is killed act on every durable event, and on none twice', async () => {
  await using first = await HubProcess.start({ config })
  const options = { folder: first.folder, config }
  let hub = first
  let published = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    await rulesAreUp(hub)
    await publish(hub, published, EVENTS / KILLS)
    published += EVENTS / KILLS
    await hub.signal('SIGKILL')
    hub = await HubProcess.start(options)
  }
  await using last = hub
  await using client = await connect({ address: last.socket })
  await expect.poll(async () => (await numbers(client, 'third')).length, { timeout: 50_000 }).toBe(EVENTS / 3)
  const all = Array.from({ length: EVENTS }, (_, n) => n)
  await expect.poll(() => numbers(client, 'each'), { timeout: 50_000 }).toEqual(all)
  expect(await numbers(client, 'third')).toEqual(all.filter((n) => n % 3 === 2))
  expect(await numbers(client, 'once')).toEqual(all.slice(0, 10))
}, 120_000)

async function rulesAreUp({ socket }: HubProcess): Promise<void> {
  await using client = await connect({ address: socket })
  for (;;) {
    const { rules } = await client.request<{ rules: RuleInfo[] }>('rules.list')
    if (rules.length === 3 && rules.every(({ state }) => state === 'up')) return
  }
}

async function publish({ socket }: HubProcess, from: number, count: number): Promise<void> {
  await using client = await connect({ address: socket })
  for (let n = from; n < from + count; n++)
    await client.publish(
      'in/a',
      { n, group: n % 10 },
      { ack: n === from + count - 1 ? 'durable' : 'accepted' },
    )
}

async function numbers(client: Awaited<ReturnType<typeof connect>>, tag: string): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const { data } of client.read({ exact: { tag } }, { from: 'start' }).events()) found.push(data)
  return found
}
