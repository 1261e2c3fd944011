import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { eventually } from '../eventually.js'
import { SmallDisk } from '../small-disk.js'
import { startHttpHub } from './hub.js'

const MiB = 2 ** 20

test('on a full disk a publisher is asked to try again later, and accepted when there is room', async () => {
  const folder = temporaryFolder('http-disk')
  const disk = new SmallDisk(join(folder, 'data'), 32 * MiB)
  onTestFinished(() => {
    disk[Symbol.dispose]()
  })
  await using http = await startHttpHub({ folder })
  const publish = (body: string, type = 'application/json') =>
    http.fetch('/v1/events?ack=durable', { method: 'POST', body, headers: { 'content-type': type } })
  const large = JSON.stringify({ tag: 'a', data: 'x'.repeat(100_000) })
  expect((await publish(large)).status).toBe(200)

  disk.fill(2 * MiB)
  let answer = await publish(large)
  for (let n = 0; n < 100 && answer.status === 200; n++) answer = await publish(large)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(await answer.json()).toMatchObject({ status: 503, code: 'TCN_LOG_UNFLUSHED' })
  expect(answer.headers.has('retry-after')).toBe(false)
  const next = await publish(large)
  expect(await next.json()).toMatchObject({
    status: 503,
    code: expect.stringMatching(/^TCN_(LOG_FULL|BUS_SUSPENDED)$/),
  })
  expect(next.headers.get('retry-after')).toMatch(/^\d+$/)
  const lines = await publish(`${large}\n`.repeat(20), 'application/x-ndjson')
  expect(await lines.text()).toMatch(/TCN_(LOG_FULL|BUS_SUSPENDED)/)

  disk.makeRoom()
  await eventually(async () => (await publish('{"tag":"b"}')).status === 200)
})
