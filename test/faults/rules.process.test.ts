import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { bodies, COUNTING_RULES, expectActedOn, publishNumbers, rulesAre } from './counting-rules.js'

const EVENTS = 3_000
const KILLS = 3
/** An hour ago. */
const STARTED = Date.now() - 3_600_000
const config = JSON.stringify({ rules: COUNTING_RULES })

test('rules of a hub that is killed act on every durable event, and on none twice', async () => {
  await using first = await HubProcess.start({ config })
  const options = { folder: first.folder, config }
  let hub = first
  let published = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    await rulesAre(hub, 'up')
    await publish(hub, published, EVENTS / KILLS)
    published += EVENTS / KILLS
    await hub.signal('SIGKILL')
    hub = await HubProcess.start(options)
  }
  await using last = hub
  await using client = await connect({ address: last.socket })
  await expectActedOn(
    client,
    Array.from({ length: EVENTS }, (_, n) => n),
  )
})

test('a rule that waits acts exactly once on each match after the hub was stopped and killed', async () => {
  const config = JSON.stringify({
    rules: {
      late: {
        filter: 'in/',
        by: 'data.n',
        unlessFollowedBy: { filter: 'no/', within: '5s' },
        fire: { tag: 'late', data: `\${data.n}` },
      },
    },
  })
  await using first = await HubProcess.start({ config })
  await rulesAre(first, 'up', ['late'])
  await publish(first, 0, 3)
  // What waits is stored when the hub stops.
  expect(await first.stop()).toMatchObject({ code: 0 })
  const options = { folder: first.folder, config }
  await using second = await HubProcess.start(options)
  await second.signal('SIGKILL')
  await using third = await HubProcess.start(options)
  await using client = await connect({ address: third.socket })
  await expect.poll(() => bodies(client, 'late'), { timeout: 30_000 }).toEqual([0, 1, 2])
  await publish(third, 3, 1)
  await expect.poll(() => bodies(client, 'late'), { timeout: 30_000 }).toEqual([0, 1, 2, 3])
})

test('a rule that goes by event time acts exactly once on what it held when the hub was stopped and killed', async () => {
  const config = JSON.stringify({
    rules: {
      ordered: {
        filter: 'in/',
        eventTime: { delay: '5s' },
        fire: { tag: 'ordered', data: `\${data.n}` },
      },
    },
  })
  await using first = await HubProcess.start({ config })
  await rulesAre(first, 'up', ['ordered'])
  await publishBackwards(first, [3, 1, 2])
  // What is held is stored when the hub stops.
  expect(await first.stop()).toMatchObject({ code: 0 })
  const options = { folder: first.folder, config }
  await using second = await HubProcess.start(options)
  await publishBackwards(second, [5, 4])
  await second.signal('SIGKILL')
  await using third = await HubProcess.start(options)
  await using client = await connect({ address: third.socket })
  await expect.poll(() => bodies(client, 'ordered'), { timeout: 30_000 }).toEqual([1, 2, 3, 4, 5])
  await third.signal('SIGKILL')
  await using fourth = await HubProcess.start(options)
  await publishBackwards(fourth, [7, 6])
  await using last = await connect({ address: fourth.socket })
  const all = [1, 2, 3, 4, 5, 6, 7]
  await expect.poll(() => bodies(last, 'ordered'), { timeout: 30_000 }).toEqual(all)
})

/** Publishes events that happened as many seconds after a time of today as their numbers say. */
async function publishBackwards({ socket }: HubProcess, numbers: readonly number[]): Promise<void> {
  await using client = await connect({ address: socket })
  for (const n of numbers) {
    const time = new Date(STARTED + n * 1000).toISOString()
    await client.publish('in/a', { n }, { ack: 'durable', attributes: { time } })
  }
}

async function publish({ socket }: HubProcess, from: number, count: number): Promise<void> {
  await using client = await connect({ address: socket })
  await publishNumbers(client, from, count)
}
