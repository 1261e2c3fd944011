import { describe, expect, onTestFinished, test } from 'vitest'
import { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { HeldProxy } from '../../helpers/held-proxy.js'
import { type NatsOptions, NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { append, batchOf, frames, readAll, seqsOf, unpack } from '../conformance/tools.js'
import { Load } from './load.js'
import { endless, linkTo, newStream, openLog } from './open-log.js'

async function started(options: NatsOptions = {}): Promise<NatsServer> {
  const server = await NatsServer.start(options)
  onTestFinished(() => server.stop())
  return server
}

async function opened(address: string, options: Parameters<typeof openLog>[1] = {}) {
  const log = await openLog(address, { window: 32, ...options })
  onTestFinished(() => log.close())
  return log
}

describe('a log whose NATS is away for a while', () => {
  test('a server that crashes and is started again with its storage loses and repeats nothing acknowledged', async () => {
    const server = await started()
    const log = await opened(server.address)
    const heard: string[] = []
    log.onStored((batch) => heard.push(...unpack(batch).map(({ tag }) => tag)))
    await log.lead(endless)
    const events = new Load(log)
    for (let nth = 1; nth <= 2; nth++) {
      const before = events.stored.length
      await expect.poll(() => events.stored.length).toBeGreaterThan(before + 300)
      await server.kill()
      await server.start()
      const back = events.stored.length
      await expect.poll(() => events.stored.length).toBeGreaterThan(back + 300)
    }
    await events.stop()
    const tags = (await readAll(log, 1)).map(({ tag }) => tag)
    expect(new Set(tags).size).toBe(tags.length)
    expect([...tags].sort()).toEqual([...events.stored].sort())
    expect(heard).toEqual(tags)
    expect(log.damage).toEqual([])
  })

  test('a connection that is cut and made again loses and repeats nothing, for the primary and for a reader', async () => {
    const server = await started()
    const proxy = await HeldProxy.start(server.address)
    onTestFinished(() => proxy.stop())
    const stream = newStream()
    const log = await opened(proxy.address, { stream })
    const reader = await opened(proxy.address, { stream })
    const heard: number[] = []
    reader.onStored((batch) => heard.push(...seqsOf(unpack(batch))))
    await log.lead(endless)
    const events = new Load(log)
    for (let nth = 1; nth <= 3; nth++) {
      const before = events.stored.length
      await expect.poll(() => events.stored.length).toBeGreaterThan(before + 200)
      proxy.cut()
      proxy.mend()
    }
    const back = events.stored.length
    await expect.poll(() => events.stored.length).toBeGreaterThan(back + 100)
    await events.stop()
    const found = await readAll(log, 1)
    expect(new Set(found.map(({ tag }) => tag)).size).toBe(events.stored.length)
    await expect.poll(() => heard.length).toBe(found.length)
    expect(heard).toEqual(seqsOf(found))
  })

  test('publishers are told after a deadline when nothing can be stored', async () => {
    const server = await started()
    const log = await opened(server.address, { deadlineMs: 2000 })
    await log.lead(endless)
    await append(log, frames(3))
    await server.kill()
    const refused = append(log, frames(1))
    await expect(refused).rejects.toMatchObject({ code: 'TCN_NATS_UNREACHABLE' })
    expect(log.term).toBe(0)
    await server.start()
    await log.lead(endless)
    await append(log, frames(1))
    expect((await readAll(log, 1)).length).toBeGreaterThanOrEqual(4)
  })

  test('a stream that may not grow any more refuses events, and takes them again when there is room', async () => {
    const server = await started({ maxStore: '2MB' })
    const log = await opened(server.address, { deadlineMs: 1500 })
    await log.lead(endless)
    const fill = async () => {
      for (let nth = 0; nth < 100; nth++) await append(log, frames(1, 100_000))
    }
    await expect(fill()).rejects.toMatchObject({ code: 'TCN_NATS_FULL' })
    const stored = (await readAll(log, 1)).length
    expect(stored).toBeGreaterThan(5)
    await log.compact({ count: 2 })
    // A server of version 2.9 notices only then that there is room.
    await server.kill()
    await server.start()
    await log.lead(endless)
    await append(log, frames(1))
    expect(await readAll(log, 1)).toHaveLength(3)
  })

  test('a stream that somebody deleted is made anew: a new epoch, and an empty log that goes on', async () => {
    const server = await started()
    const stream = newStream()
    const log = await opened(server.address, { stream })
    await log.lead(endless)
    await append(log, frames(100))
    const { epoch } = log
    const replaced = new Promise<void>((resolve) => log.onReplaced(resolve))
    const link = await linkTo(server.address)
    await new JetStreamApi(link).remove(stream)
    await replaced
    expect(log.epoch).not.toBe(epoch)
    expect([log.first, log.last, await readAll(log, 1)]).toEqual([1, 0, []])
    await expect(append(log, frames(1))).rejects.toMatchObject({ code: 'TCN_LOG_NOT_PRIMARY' })
    await log.lead(endless)
    await append(log, frames(2))
    expect(await readAll(log, 1)).toHaveLength(2)
    await link.close()
  })

  test('a stream in the place of a deleted one is handed over from its beginning, after the news of it', async () => {
    const server = await started()
    const stream = newStream()
    const log = await opened(server.address, { stream })
    await log.lead(endless)
    await append(log, frames(9))
    const heard: string[] = []
    log.onStored((batch) => heard.push(...unpack(batch).map(({ tag }) => tag)))
    log.onReplaced(() => heard.push(`replaced, at @${log.last}`))
    const link = await linkTo(server.address)
    await new JetStreamApi(link).remove(stream)
    // Another hub is faster.
    const other = await opened(server.address, { stream })
    await other.lead(endless)
    await append(other, frames(3))
    const stored = (await readAll(other, 1)).map(({ tag }) => tag)
    await expect.poll(() => heard).toEqual(['replaced, at @0', ...stored])
    await link.close()
  })

  test('a message that another program wrote is reported, passed over, and ends the term whose place it took', async () => {
    const server = await started()
    const stream = newStream()
    const log = await opened(server.address, { stream })
    await log.lead(endless)
    await append(log, frames(2))
    const link = await linkTo(server.address)
    await link.request(`${stream}.event.foreign`, Buffer.from('x'), 5000)
    await expect.poll(() => log.damage).toMatchObject([{ reason: 'it was not written by a hub' }])
    const code = await new Promise((resolve) =>
      log.append(batchOf(frames(1)), (error) => resolve(error?.code)),
    )
    expect(code).toBe('TCN_LOG_TERM_OVER')
    await log.lead(endless)
    await append(log, frames(1))
    expect(await readAll(log, 1)).toHaveLength(3)
    await link.close()
  })
})

describe('a log whose NATS is slow', () => {
  test('keeps its order and stores each event once when every answer takes most of a second', async () => {
    const server = await started()
    const proxy = await HeldProxy.start(server.address)
    onTestFinished(() => proxy.stop())
    const log = await opened(proxy.address)
    await log.lead(endless)
    const load = new Load(log)
    await load.advances(200)
    for (const ms of [100, 400]) {
      proxy.delay(ms)
      await load.advances(100)
    }
    proxy.delay(0)
    await load.advances(200)
    await load.stop()
    expect((await readAll(log, 1)).map(({ tag }) => tag)).toEqual(load.given)
    expect(log.damage).toEqual([])
  })

  test('goes on with the same connection after a network that held everything back for a moment', async () => {
    const server = await started()
    const proxy = await HeldProxy.start(server.address)
    onTestFinished(() => proxy.stop())
    const log = await opened(proxy.address)
    await log.lead(endless)
    const load = new Load(log)
    await load.advances(200)
    proxy.hold('all')
    await new Promise<void>((resolve) => realRuntime.after(2500, resolve))
    proxy.release()
    await load.advances(200)
    await load.stop()
    expect((await readAll(log, 1)).map(({ tag }) => tag)).toEqual(load.given)
    expect(log.damage).toEqual([])
  })
})
