import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { eventually } from './eventually.js'

const ROUNDS = 6
const EVENTS = 1_500

test('an edge hub that is killed while it forwards has each event at the core once', async () => {
  await using core = await HubProcess.start({})
  const upstream = `{ name: core, edge: e, servers: ['${core.socket}'], filter: [a] }`
  const config = `upstreams: [${upstream}]\n`
  let edge = await HubProcess.start({ config })
  const { folder, socket } = edge
  await using there = await connect({ address: core.socket })
  await using here = await connect({ address: socket })
  const arrived: number[] = []
  const subscription = there.subscribe('a')
  await subscription.ready()
  const counting = (async () => {
    for await (const { data } of subscription.events()) arrived.push((data as { n: number }).n)
  })()

  const acknowledged: Promise<unknown>[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const first = round * EVENTS
    for (let n = first; n < first + EVENTS; n++)
      acknowledged.push(here.publish('a', { n, fill: 'x'.repeat(200) }, { ack: 'durable' }))
    // Where the kill comes differs from round to round.
    await eventually(() => arrived.length > first + (EVENTS * round) / (2 * ROUNDS))
    await edge.signal('SIGKILL')
    edge = await HubProcess.start({ folder, config })
  }
  await using last = edge
  await Promise.all(acknowledged)
  await using status = await connect({ address: last.socket })
  await eventually(async () => {
    const [{ state, details }] = (await status.request<HubStatus>('hub.status')).sources
    return state === 'up' && details.waiting === 0 && new Set(arrived).size === ROUNDS * EVENTS
  })
  subscription.close()
  await counting
  const twice = arrived.filter((n, at) => arrived.indexOf(n) !== at)
  expect(twice).toEqual([])
  expect(arrived.toSorted((a, b) => a - b)).toEqual(Array.from({ length: ROUNDS * EVENTS }, (_, n) => n))
})
