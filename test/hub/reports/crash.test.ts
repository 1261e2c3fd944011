import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { crashOf } from '../../../src/hub/reports/crash.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import type { GapInfo } from '../../../src/methods/contract/index.js'
import { Environment } from '../../../src/storage/environment.js'
import { RunningCommand } from '../../helpers/run-cli.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const folder = temporaryFolder('crash')
let hub: TestHub
let client: Client

/** A copy of the data of a running hub is what a crash leaves behind. */
beforeAll(async () => {
  const first = await startTestHub({ data: join(folder, 'running') })
  const publisher = await first.connect()
  await publisher.publish('demo/x', 1, { ack: 'durable' })
  cpSync(join(folder, 'running'), join(folder, 'crashed'), { recursive: true })
  // The process that holds the lock of the copy is this one.
  const meta = new Environment({
    folder: join(folder, 'crashed/log/meta'),
    tables: ['log'],
    mapSize: 2 ** 24,
  })
  await meta.commit([{ table: 'log', key: 'lock', value: undefined }])
  await meta.close()
  await publisher.close()
  await first.close()
  hub = await startTestHub({ data: join(folder, 'crashed'), http: true })
  hub.hub.start()
  client = await hub.connect()
})

afterAll(async () => {
  await client?.close()
  await hub?.close()
})

it('is told in an event when the hub starts again', async () => {
  const read = []
  for await (const { data } of client.read('hub/crashed').events()) read.push(data)
  expect(read).toEqual([
    {
      since: expect.stringMatching(/^20.*Z$/),
      from: 2,
      to: expect.any(Number),
      note: expect.stringMatching(/did not stop in order before: up to 50 ms .* not acknowledged as durable/),
    },
  ])
})

it('is listed with its time, a bounded count and what it means', async () => {
  const { gaps } = await client.request<{ gaps: GapInfo[] }>('gaps.list', {})
  expect(gaps).toEqual([
    {
      kind: 'log',
      from: 2,
      to: 1_000_000,
      reason: 'lost-in-crash',
      count: null,
      since: expect.any(Number),
      time: expect.any(Number),
      note: 'up to 50 ms of events not acknowledged as durable may be missing; the numbers @2 to @1000000 are not used again',
    },
  ])
  const [{ since, time }] = gaps
  expect(since).toBeLessThan(time!)
  const command = new RunningCommand(['gaps', '--socket', hub.address.slice('unix:'.length)])
  expect(await command.ended).toBe(0)
  expect(command.stdout).toMatch(/Z to 20.*Z +log +0 to \? +@2 +@1000000 +the hub crashed: up to 50 ms/)
})

it('is explained to readers over HTTP', async () => {
  const { token } = await client.request<{ token: string }>('tokens.add', { name: 'r', rights: { see: '*' } })
  const headers = { authorization: `Bearer ${token}` }
  const page = await (await fetch(`${hub.http}/v1/events?from=start`, { headers })).json()
  expect(page).toMatchObject({ gaps: [{ note: expect.stringMatching(/^up to 50 ms/) }] })
  const stream = await (
    await fetch(`${hub.http}/v1/stream?from=${hub.bus.epoch}-5&to=now`, { headers })
  ).text()
  expect(stream).toMatch(/event: gap\n(?:.*\n)*.*"note":"up to 50 ms/)
})

it('is not assumed after a stop, nor after damage', () => {
  expect(crashOf({ last: 10, lost: [{ from: 2, to: 5 }] }, 1)).toBeUndefined()
  expect(crashOf({ last: 10, lost: [{ from: 11, to: 99, damaged: true }] }, 1)).toBeUndefined()
  expect(crashOf({ last: 10, lost: [] }, undefined)).toBeUndefined()
})
