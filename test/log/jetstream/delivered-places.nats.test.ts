import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { SeqRange } from '../../../src/log/event-log.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { append, frameOf, readAll } from '../conformance/tools.js'
import { endless, newStream, openLog } from './open-log.js'

/** A hub that has delivered five events which its server then loses: an older copy of its store takes their place. */
async function afterLoss() {
  const folder = temporaryFolder('nats-store')
  const [store, copy] = [join(folder, 'store'), join(folder, 'copy')]
  const server = await NatsServer.start({ store })
  onTestFinished(() => server.stop())
  const stream = newStream()
  const log = await openLog(server.address, { stream, window: 16 })
  onTestFinished(() => log.close())
  const doubts: (string | undefined | SeqRange)[] = []
  log.onDoubt({
    short: (error) => doubts.push(error?.code),
    diverged: (range) => doubts.push(range),
    expired: () => undefined,
  })
  await log.lead(endless)
  await append(log, [frameOf('kept')])
  await server.kill('SIGTERM')
  cpSync(store, copy, { recursive: true })
  await server.start()
  const kept = log.last
  for (let nth = 0; nth < 5; nth++) await append(log, [frameOf(`lost/${nth}`)])
  expect(log.last).toBe(kept + 5)
  log.endTerm()
  await server.kill()
  rmSync(store, { recursive: true })
  cpSync(copy, store, { recursive: true })
  await server.start()
  return { server, stream, log, doubts, kept }
}

test('a stream that ends before what was delivered is noticed, and that it does not any more', async () => {
  const { log, doubts, kept } = await afterLoss()
  await expect.poll(() => doubts.at(-1)).toBe('TCN_NATS_SHORT')
  expect(log.last).toBe(kept + 5)
  expect(log.lost).toEqual([])
})

test('other messages in the places of delivered events are one lost range, and later events are delivered', async () => {
  const { server, stream, log, doubts, kept } = await afterLoss()
  await expect.poll(() => doubts.at(-1)).toBe('TCN_NATS_SHORT')
  // One that knows nothing of what was delivered.
  const other = await openLog(server.address, { stream, window: 16 })
  onTestFinished(() => other.close())
  await other.lead(endless)
  const range = { from: kept + 1, to: kept + 5 }
  await expect.poll(() => doubts.slice(-2)).toEqual([undefined, range])
  expect(log.lost).toEqual([{ ...range, damaged: true }])
  await append(other, [frameOf('later')])
  await expect.poll(() => log.last).toBe(other.last)
  expect((await readAll(log, 1)).map(({ tag }) => tag)).toEqual(['kept', 'later'])
  expect(doubts.filter((doubt) => typeof doubt === 'object')).toEqual([range])
})
