import { test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { COUNTING_RULES, expectActedOn, publishNumbers, rulesAre } from './counting-rules.js'

const EVENTS = 3_000
const KILLS = 3
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
}, 120_000)

async function publish({ socket }: HubProcess, from: number, count: number): Promise<void> {
  await using client = await connect({ address: socket })
  await publishNumbers(client, from, count)
}
