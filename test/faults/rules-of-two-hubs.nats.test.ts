import { afterAll, beforeAll, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { NatsServer } from '../helpers/nats-server.js'
import { bodies, COUNTING_RULES, expectActedOn, publishNumbers, rulesAre } from './counting-rules.js'

/** Of each round: while both hubs run, and while the one that runs the rules is killed. */
const EVENTS = 500

let nats: NatsServer
beforeAll(async () => {
  nats = await NatsServer.start()
})
afterAll(() => nats.stop())

function start(name: string, folder?: string): Promise<HubProcess> {
  const config = JSON.stringify({
    log: { engine: 'jetstream' },
    nats: { servers: [`nats://${nats.address}`] },
    cluster: { name, ttl: '5s' },
    rules: COUNTING_RULES,
  })
  return HubProcess.start({ config, folder })
}

test('of two hubs with the same rules one acts, and the other goes on when that is killed', async () => {
  await using one = await start('one')
  await rulesAre(one, 'up')
  await using two = await start('two')
  await rulesAre(two, 'waits')
  await using second = await connect({ address: two.socket })
  await publishNumbers(second, 0, EVENTS)
  await expectActedOn(second, await stored(second))
  await killAmong(one, second, EVENTS)
  await rulesAre(two, 'up')
  await expectActedOn(second, await stored(second))

  await using again = await start('one', one.folder)
  await rulesAre(again, 'waits')
  await using first = await connect({ address: again.socket })
  await killAmong(two, first, 2 * EVENTS)
  await rulesAre(again, 'up')
  await expectActedOn(first, await stored(first))
}, 240_000)

/** Kills the hub in the middle of publishing, before its rules have saved where they are. */
async function killAmong(hub: HubProcess, client: Client, from: number): Promise<void> {
  await publishNumbers(client, from, EVENTS / 2)
  const rest = publishNumbers(client, from + EVENTS / 2, EVENTS / 2)
  await hub.signal('SIGKILL')
  await rest
}

/** The numbers of the events that are in the log. What was in doubt when the hub was killed may not be. */
async function stored(client: Client): Promise<number[]> {
  return (await bodies(client, 'in/a')).map((data) => (data as { n: number }).n)
}
