import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import type { HubStatus, LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { eventually } from './eventually.js'
import { SmallDisk } from './small-disk.js'

const MiB = 2 ** 20

async function numbersIn(client: Client): Promise<number[]> {
  const numbers: number[] = []
  for await (const { data } of client.read('a', { from: 'start' }).events())
    numbers.push((data as { n: number }).n)
  return numbers
}

test('an edge hub keeps what its core has no room for, and forwards it in order when there is', async () => {
  const folder = temporaryFolder('edge-full')
  mkdirSync(join(folder, 'core'), { mode: 0o700 })
  const disk = new SmallDisk(join(folder, 'core', 'data'), 32 * MiB)
  onTestFinished(() => {
    disk[Symbol.dispose]()
  })
  await using core = await HubProcess.start({ folder: join(folder, 'core') })
  const upstream = `{ name: core, edge: e, servers: ['${core.socket}'], filter: [a] }`
  await using edge = await HubProcess.start({ config: `upstreams: [${upstream}]\n` })
  await using there = await connect({ address: core.socket })
  await using here = await connect({ address: edge.socket })
  const stateHere = async () => (await here.request<HubStatus>('hub.status')).sources[0]
  await eventually(async () => (await stateHere()).state === 'up')

  disk.fill(4 * MiB)
  const fill = new Uint8Array(50_000)
  for (let n = 1; n <= 300; n++) await here.publish('a', { n, fill }, { ack: 'durable' })
  await eventually(async () => (await there.request<LogInfo>('log.info')).fault?.code === 'TCN_LOG_FULL')
  await eventually(async () => (await stateHere()).details.code === 'TCN_LOG_FULL')
  const before = await numbersIn(there)
  expect(before.length).toBeLessThan(300)

  disk.makeRoom()
  await eventually(async () => (await stateHere()).details.waiting === 0)
  expect(await numbersIn(there)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  expect((await stateHere()).lost).toBe(0)
})
